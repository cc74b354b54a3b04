import AccessControl
import AuditTrail
import Cryptography
import HTTPWire
import Redaction
import Settings
import Transport

/// What the lanes work by: settings and what was made of them, immutable, shared. A reload makes a new one.
final class LaneConfiguration: Sendable {
    let settings: Settings
    let operations: OperationTable
    let names: AuditOperationNames
    let rules: RedactionRules
    /// The rules as request bodies are read by.
    let watched: WatchedNames
    let prefix: APIPrefix
    /// Addresses of the appliance, at least one, in the order to be tried.
    let upstream: [SocketAddress]
    /// The upstream's address as audit records name it.
    let upstreamName: [UInt8]
    /// nil: the appliance is reached without TLS.
    let upstreamTLS: TLSContext?
    /// Field lines that every request to the appliance has: Host and Via.
    let upstreamFields: [UInt8]
    /// The gateway's own credential; nil: the client's own goes to the appliance.
    let authorization: CredentialLine?
    private let fileGivers: [Bool]
    private let redirectors: [Bool]
    /// How long bodies of requests may be.
    let bodyLimits: BodyLimits
    /// By the number of the listener.
    private let listeners: [ListenerTraits]
    private let unknown = ListenerTraits.strict
    /// Cookie and Set-Cookie pass.
    let passesCookies: Bool
    /// Names of request fields, in lower case, that pass beside those that the gateway knows.
    let extraFields: [[UInt8]]

    /// - Parameters:
    ///   - authorization: nil for passthrough.
    ///   - listeners: Every listener that there ever was, by number.
    init(
        settings: Settings, operations: OperationTable, rules: RedactionRules, watched: WatchedNames,
        prefix: APIPrefix, bodyLimits: BodyLimits, upstream: [SocketAddress], authorization: CredentialLine?,
        listeners: [ListenerPlace], tls: GatewayTLS
    ) {
        self.settings = settings
        self.operations = operations
        self.rules = rules
        self.watched = watched
        self.prefix = prefix
        self.bodyLimits = bodyLimits
        self.upstream = upstream
        names = AuditOperationNames(operations)
        fileGivers = operations.operations.map { $0.response != .json }
        redirectors = operations.operations.map { $0.scope?.description == "cloud_connectors/update" }
        upstreamTLS = tls.upstream
        upstreamName = Array(settings.upstream.authority.utf8)
        upstreamFields = Array("Host: \(settings.upstream.hostField)\r\nVia: 1.1 nodegate\r\n".utf8)
        self.authorization = authorization
        passesCookies = settings.cookies == .pass
        extraFields = settings.requestFields.map { Array($0.utf8) }
        let places = ListenerPlace.all(of: settings.listeners)
        self.listeners = listeners.map { place in
            places.firstIndex(of: place)
                .map { ListenerTraits(settings.listeners[$0], in: settings, tls: tls.listeners[$0]) } ?? .strict
        }
    }

    /// False for a listener that a reload is just adding.
    func knows(_ listener: UInt16) -> Bool { Int(listener) < listeners.count }

    func traits(of listener: UInt16) -> ListenerTraits {
        knows(listener) ? listeners[Int(listener)] : unknown
    }

    /// The operation can change where the appliance sends a stored secret.
    func redirectsSecrets(_ operation: OperationIndex) -> Bool { redirectors[Int(operation.rawValue)] }

    /// The operation answers with files, not with JSON alone.
    func givesFiles(_ operation: OperationIndex) -> Bool { fileGivers[Int(operation.rawValue)] }

    var limits: Settings.Limits { settings.limits }
    var timeouts: Settings.Timeouts { settings.timeouts }
}
