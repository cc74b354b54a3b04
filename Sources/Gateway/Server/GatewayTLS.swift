import AuditTrail
import Cryptography
import Settings
import Transport

/// The TLS that settings ask for. Built at start and again at each reload: new files count for new connections, and
/// those that are open keep what they began with.
package struct GatewayTLS: Sendable {
    /// Days before a certificate's end from which on it is warned of.
    private static let warningDays: Int64 = 30
    /// The same for a revocation list, which lives for days at best.
    private static let listWarningDays: Int64 = 1
    private static let day: Int64 = 86_400

    /// A certificate in use.
    struct Shown: Sendable {
        let setting: String
        let file: String
        let certificate: Certificate
    }

    /// In the order of the settings; nil: plain HTTP.
    let listeners: [TLSContext?]
    /// nil: the appliance is reached without TLS.
    let upstream: TLSContext?
    /// What was shown to peers, and in which setting.
    let shown: [Shown]
    /// By which peers are judged, and in which setting.
    private let lists: [(setting: String, file: String, list: RevocationList)]
    private let isInsecure: Bool

    /// Reads every file that the settings name for TLS.
    ///
    /// - Parameter tickets: Outlive the contexts, so that sessions survive a reload.
    package init(_ settings: Settings, tickets: TLSTicketKeys) throws(GatewayError) {
        var listeners = [TLSContext?](repeating: nil, count: settings.listeners.count)
        var shown: [Shown] = []
        var lists: [(setting: String, file: String, list: RevocationList)] = []
        for (number, listener) in settings.listeners.enumerated() where listener.tls.isOn {
            let setting = "listeners[\(number)]"
            let context: TLSContext
            do { context = try TLSContext(server: Self.server(listener.tls), tickets: tickets) } catch {
                throw .tls(setting: setting, error)
            }
            listeners[number] = context
            shown += context.certificates.map { Shown(setting: setting, file: $0.file, certificate: $0.certificate) }
            lists += context.revocationLists.map { (setting, $0.file, $0.list) }
        }
        self.listeners = listeners
        if settings.upstream.isTLS {
            let client = try Self.client(settings.upstream.tls, host: settings.upstream.host, setting: "upstream.tls")
            let context: TLSContext
            do { context = try TLSContext(client: client) } catch { throw .tls(setting: "upstream.tls", error) }
            shown += context.certificates.map {
                Shown(setting: "upstream.tls", file: $0.file, certificate: $0.certificate)
            }
            lists += context.revocationLists.map { ("upstream.tls", $0.file, $0.list) }
            upstream = context
            isInsecure = client.isInsecure
        } else {
            upstream = nil
            isInsecure = false
        }
        self.shown = shown
        self.lists = lists
    }

    /// Without connections: for `check`.
    package init(checking settings: Settings, now: Int64) throws(GatewayError) {
        let tickets: TLSTicketKeys
        do { tickets = try TLSTicketKeys(now: now) } catch { throw .cryptography("\(error)") }
        try self.init(settings, tickets: tickets)
    }

    private static func server(_ tls: Settings.ListenerTLS) -> TLSServerSettings {
        var settings = TLSServerSettings(
            identities: tls.pairs.map { TLSIdentity(certificateFile: $0.certificate, keyFile: $0.key) })
        let authorities = TLSAuthorities(
            file: tls.authorities, revocationFile: tls.revocation.isEmpty ? nil : tls.revocation)
        settings.clientCertificates = switch tls.clientCertificates {
        case .none: .none
        case .optional: .optional(authorities)
        case .required: .required(authorities)
        }
        settings.minimumVersion = version(tls.minimumVersion)
        return settings
    }

    /// TLS to another machine.
    ///
    /// - Parameter host: Whom the certificate must be for, unless the settings name another one.
    static func client(_ tls: Settings.UpstreamTLS, host: String, setting: String) throws(GatewayError) -> TLSClientSettings {
        var settings = TLSClientSettings(serverName: tls.serverName.isEmpty ? host : tls.serverName)
        if tls.verification == .insecure {
            settings.trust = .insecure
        } else if tls.authorities != Settings.UpstreamTLS.systemAuthorities {
            settings.trust = .authorities(TLSAuthorities(
                file: tls.authorities, revocationFile: tls.revocation.isEmpty ? nil : tls.revocation))
        }
        for pin in tls.pins {
            guard let bytes = Hexadecimal.decode(pin), let digest = Digest256(bytes) else {
                throw .tls(setting: setting, .badSetting("\(pin) is no SHA-256 in hexadecimal digits"))
            }
            settings.pins.append(digest)
        }
        if !tls.certificate.isEmpty {
            settings.identity = TLSIdentity(
                certificateFile: tls.certificate, keyFile: tls.key.isEmpty ? tls.certificate : tls.key)
        }
        settings.minimumVersion = version(tls.minimumVersion)
        return settings
    }

    private static func version(_ version: Settings.TLSVersion) -> TLSVersion {
        switch version {
        case .tls12: .tls12
        case .tls13: .tls13
        }
    }

    /// What an operator should know: certificates near their end or past it, and what is not verified.
    ///
    /// - Parameter now: Unix seconds.
    package func warnings(now: Int64) -> [String] {
        var warnings: [String] = []
        for shown in shown {
            let (setting, file, certificate) = (shown.setting, shown.file, shown.certificate)
            let end = AuditTime.text(certificate.notAfter * 1_000_000).prefix(10)
            let days = (certificate.notAfter - now) / Self.day
            if certificate.isExpired(at: now) {
                warnings.append("`\(setting)`: the certificate \(file) expired on \(end); peers refuse it")
            } else if certificate.isNotYetValid(at: now) {
                let start = AuditTime.text(certificate.notBefore * 1_000_000).prefix(10)
                warnings.append("`\(setting)`: the certificate \(file) is not valid before \(start); is a clock wrong?")
            } else if days < Self.warningDays {
                warnings.append(
                    "`\(setting)`: the certificate \(file) expires on \(end), in \(days) \(days == 1 ? "day" : "days")")
            }
        }
        for (setting, file, list) in lists {
            guard let next = list.nextUpdate, next - now < Self.listWarningDays * Self.day else { continue }
            let end = AuditTime.text(next * 1_000_000).prefix(10)
            let isOver = next < now
            warnings.append("""
                `\(setting)`: the revocation list of \(list.issuer) in \(file) \
                \(isOver ? "is out of date since" : "will be out of date on") \(end), and every certificate of its issuer \(isOver ? "is" : "is then") refused; put the new list there and \
                send SIGHUP
                """)
        }
        if isInsecure {
            warnings.append("""
                `upstream.tls.verification` is `insecure`: the appliance's certificate is not looked at, so anybody in \
                between can read and change everything, the appliance's credential included
                """)
        }
        return warnings
    }
}
