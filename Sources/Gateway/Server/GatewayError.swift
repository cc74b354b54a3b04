import AuditTrail
import Settings
import Store
import Transport

/// Why the gateway cannot start, or cannot take new settings; the text says what to do.
package enum GatewayError: Error, CustomStringConvertible {
    case settings(SettingsErrors)
    /// The operations table; the text names the file and the lines.
    case operations(String)
    case store(StoreError)
    case audit(AuditError)
    case socket(SocketError)
    /// An address of a listener or of the appliance; the setting is named.
    case address(setting: String, SocketError)
    case cryptography(String)
    /// TLS of a listener or to the appliance; the setting is named.
    case tls(setting: String, TLSError)
    /// An exporter's files; the setting is named.
    case export(setting: String, ExportFailure)

    package var description: String {
        switch self {
        case .settings(let errors): errors.description
        case .operations(let text): text
        case .store(let error): error.description
        case .audit(let error): error.description
        case .socket(let error): error.description
        case .address(let setting, let error): "`\(setting)`: \(error)"
        case .cryptography(let text): text
        case .tls(let setting, let error): "`\(setting)`: \(error)"
        case .export(let setting, let error): "`\(setting)`: \(error)"
        }
    }
}
