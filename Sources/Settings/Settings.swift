import AccessControl
import HTTPWire
import Redaction

/// Everything that an operator can set, as one immutable value.
///
/// Made by `Settings.parse` or `Settings.load` from a YAML file and the environment; the defaults are those of the
/// file that ships. Durations are milliseconds and sizes are bytes throughout. File paths are ready to open: relative
/// ones already stand on the folder of the settings file.
package struct Settings: Sendable {
    /// Where clients connect; at least one, no two the same.
    package var listeners = [Listener()]
    /// Serial queues that share the connections; 0: one per core.
    package var lanes = 0
    package var upstream: Upstream
    package var store = Store()
    package var operations = Operations()
    package var audit = Audit()
    package var redaction = Redaction()
    package var limits = Limits()
    package var timeouts = Timeouts()
    package var cookies = Cookies.drop
    /// Request fields, in lower case, that pass beside those that the gateway knows.
    package var requestFields: [String] = []
    package var enforcement = Enforcement.enforce
    package var authentication = Authentication()
    package var throttle = Throttle()
    package var crossOrigin = CrossOrigin()
    package var status = Status()
    package var log = Log()
    /// Where the values come from that are not defaults.
    package var origins = SettingOrigins()
    /// Every setting as it would stand in the file, for records of what has changed; empty for settings that were not
    /// read. No secrets: settings only say where those are.
    package var texts: [String: String] = [:]

    /// Defaults, for an appliance whose address and credential are given.
    package init(upstream: Upstream) { self.upstream = upstream }

    /// What becomes of Cookie and Set-Cookie fields, in both directions.
    package enum Cookies: String, CaseIterable, Sendable {
        case drop, pass
    }
}

extension Settings: Equatable {
    /// The same values; where they come from does not count.
    package static func == (left: Settings, right: Settings) -> Bool {
        left.listeners == right.listeners && left.lanes == right.lanes && left.upstream == right.upstream
            && left.store == right.store && left.operations == right.operations && left.audit == right.audit
            && left.redaction == right.redaction && left.limits == right.limits && left.timeouts == right.timeouts
            && left.cookies == right.cookies && left.log == right.log && left.enforcement == right.enforcement
            && left.authentication == right.authentication && left.requestFields == right.requestFields
            && left.throttle == right.throttle && left.crossOrigin == right.crossOrigin && left.status == right.status
    }
}

extension Settings {
    /// One address that clients connect to.
    package struct Listener: Sendable, Equatable {
        /// In logs and metrics; the address where none is given.
        package var name = ""
        /// `127.0.0.1:8080`, `[::1]:8080`, `name:8080`, or `*:8080` for every address of the machine.
        package var address = "127.0.0.1:8080"
        /// Connections that the kernel completes before they are accepted.
        package var backlog = 1024
        /// The operator's own proxies, whose word on the client's address counts.
        package var trustedProxies: [IPNetwork] = []
        /// What a connection begins with.
        package var proxyProtocol = ProxyHeader.Version.off
        /// Whether lack of scope refuses here.
        package var enforcement = ListenerEnforcement.inherit
        package var tls = ListenerTLS()
        /// `https://gateway.example`: where every request is sent; empty: requests are served.
        package var redirect = ""

        package init() {}
    }

    /// Whether lack of scope refuses.
    package enum Enforcement: String, CaseIterable, Sendable {
        case enforce, observe
    }

    /// The same for one listener.
    package enum ListenerEnforcement: String, CaseIterable, Sendable {
        case inherit, enforce, observe

        /// What counts, where `whole` is said for all listeners.
        package func resolved(_ whole: Enforcement) -> Enforcement {
            switch self {
            case .inherit: whole
            case .observe: .observe
            case .enforce: .enforce
            }
        }
    }

    /// The listener for operators: metrics, status and probes.
    package struct Status: Sendable, Equatable {
        /// `127.0.0.1:9464`; empty: there is none.
        package var address = ""
        /// Connections at once.
        package var connections = 16

        package init() {}
    }

    /// Refused credentials from one client address.
    package struct Throttle: Sendable, Equatable {
        /// After so many within the window, further ones are answered with 429; `Int.max`: never.
        package var failures = 60
        /// Milliseconds.
        package var window: UInt64 = 60_000
        /// Addresses that one lane remembers.
        package var addresses = 4_096

        package init() {}
    }

    /// Pages of other origins in browsers.
    package struct CrossOrigin: Sendable, Equatable {
        /// `https://console.example`, as browsers send it; none: no page of another origin may use the API.
        package var origins: [String] = []
        /// Milliseconds that a browser may remember the answer to a preflight.
        package var maximumAge: UInt64 = 600_000

        package init() {}
    }

    /// The appliance.
    package struct Upstream: Sendable, Equatable {
        /// Host name or address as in the URL, an IPv6 address without its brackets.
        package var host: String
        package var port: UInt16
        /// The value of the Host field that the appliance sees.
        package var hostField: String
        package var credential: Credential
        package var keyID = KeyIDField.omit
        /// The URL is https.
        package var isTLS = false
        package var tls = UpstreamTLS()
        /// Milliseconds for one connection to come about, and for an exchange to wait for a free one.
        package var connectTimeout: UInt64 = 5_000
        /// Milliseconds from the end of the request to the first byte of the answer.
        package var responseTimeout: UInt64 = 60_000
        /// Milliseconds between two pieces of an answer's body.
        package var bodyTimeout: UInt64 = 30_000
        /// Milliseconds that an unused connection is kept. Below the appliance's own, which is 20 s in Puma.
        package var idleTimeout: UInt64 = 15_000
        /// Milliseconds between two lookups of the host's name; 0: only at start and on reload.
        package var lookupInterval: UInt64 = 30_000
        /// Connections of one lane.
        package var connectionsPerLane = 64
        /// Exchanges of one lane that wait for a connection.
        package var waitingPerLane = 1024

        /// - Parameter host: without brackets.
        package init(host: String, port: UInt16, credential: Credential) {
            self.host = host
            self.port = port
            self.credential = credential
            hostField = Upstream.authority(host, port, isTLS: false)
        }

        /// `host:port`, with brackets around IPv6; what `SocketAddress.resolve` reads.
        package var authority: String {
            (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        }

        /// As in a Host field: without the port where it is the scheme's own.
        static func authority(_ host: String, _ port: UInt16, isTLS: Bool) -> String {
            (host.contains(":") ? "[\(host)]" : host) + (port == (isTLS ? 443 : 80) ? "" : ":\(port)")
        }
    }

    /// Whether the appliance is told the id of the client's key.
    package enum KeyIDField: String, CaseIterable, Sendable {
        case omit
        /// In `X-Nodegate-Key-Id`.
        case send
    }

    /// What the appliance sees in Authorization.
    package enum Credential: Sendable, Equatable {
        /// What the client sent.
        case passthrough
        /// `Bearer`, with the appliance key that the source holds.
        case bearer(SecretSource)
        /// `Basic`, with the `user:password` that the source holds.
        case basic(SecretSource)
    }

    /// Where a secret is read from. Never the secret itself.
    package enum SecretSource: Sendable, Equatable {
        /// A path.
        case file(String)
        /// The name of an environment variable.
        case environment(String)
        /// The name of a credential that systemd hands to the service: a file in `$CREDENTIALS_DIRECTORY`.
        case systemd(String)
    }

    /// The database of keys.
    package struct Store: Sendable, Equatable {
        package var path = "nodegate.db"
        /// The file of the server's pepper, from which digests of keys are made.
        package var pepper = "nodegate.db.pepper"
        /// The file of the keys that appliance credentials of single keys are sealed under; made with the first one.
        package var masterKeys = "nodegate.db.master-keys"
        /// Milliseconds between two looks at whether the database changed.
        package var pollInterval: UInt64 = 250

        package init() {}
    }

    /// The operations of the appliance's API.
    package struct Operations: Sendable, Equatable {
        /// The operations table.
        package var file = "operations.csv"
        /// The path below which the API lives: "" or `/api/v2`.
        package var prefix = "/api/v2"
        package var patch = Patch.refuse
        /// Scopes for operations that state none, or that the table does not have.
        package var additional: [OperationOverride] = []

        package init() {}
    }

    /// What PATCH does.
    package enum Patch: String, CaseIterable, Sendable {
        /// 405.
        case refuse
        /// Runs, and needs the scope of, the update of the same path, as the appliance does.
        case update
    }

    /// Secrets in answers.
    package struct Redaction: Sendable, Equatable {
        /// What shows in place of a secret. Fixed: it is the appliance's own convention.
        package var mask = Redaction.onlyMask
        /// The rules that ship, then those of the operator.
        package var rules = RedactionRule.shipped
        /// What the redactor accepts before it refuses a body.
        package var limits = RedactionLimits()
        /// What becomes of a mask that a client writes back.
        package var writeBack = WriteBackMode.drop
        /// What becomes of a request that changes where a stored secret is sent, and brings no new one.
        package var redirects = Redirects.refuse

        package init() {}

        static let onlyMask = "[censored]"
    }

    package enum Redirects: String, CaseIterable, Sendable {
        case refuse, allow
    }

    /// The operator's log, on standard error.
    package struct Log: Sendable, Equatable {
        package var level = Level.info
        package var format = Format.text

        package init() {}

        /// As in swift-log.
        package enum Level: String, CaseIterable, Sendable {
            case trace, debug, info, notice, warning, error, critical
        }

        package enum Format: String, CaseIterable, Sendable {
            case text, json
        }
    }
}
