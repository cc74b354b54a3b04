import AccessControl
import ArgumentParser
import HTTPWire
import Settings
import Store

struct KeysCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a key. It is shown once and cannot be shown again.",
        discussion: """
            Examples:
              nodegate keys create reporting --owner 'Alice, BI' --grant 'cloud_connectors/*' --expires 90d
              KEY=$(nodegate keys create backup --grant tasks/action --quiet)

            The store keeps a digest of the key, not the key. The text begins with 'ngk_' and ends in a checksum.
            """)

    @OptionGroup var options: NewKeyOptions
    @OptionGroup var scopes: ScopeChecking
    @OptionGroup var store: KeyStoreOptions

    @Option(name: .customLong("client-certificate"), help: ArgumentHelp(
        "It only works together with a client certificate of this name: \(CertificateName.help).", valueName: "name"))
    var requiredCertificate: CertificateName?

    @Flag(name: [.short, .long], help: "The key alone on a line of standard output.")
    var quiet = false

    @Flag(help: "One JSON object, with the key in it.")
    var json = false

    private struct Report: Encodable {
        let id: Int64
        let name, key: String
    }

    func validate() throws {
        guard !(quiet && json) else { throw ValidationError("--quiet and --json cannot be given together.") }
    }

    func run() throws {
        let table = try scopes.check(options.grants + options.denials)
        let settings = try scopes.configuration.settingsIfAny()
        let store = try store.open(scopes.configuration, made: true)
        let made: (key: APIKey, text: KeyText)
        var draft = options.draft
        draft.requiredCertificate = requiredCertificate
        do { made = try store.create(draft, by: .now) } catch { throw CommandFailure(error, in: store) }
        if settings?.upstream.credential == .passthrough {
            Console.complain("""
                warning: upstream.credential.mode is passthrough, so the appliance gets to see this key and does not \
                know it.
                         Bring keys of the appliance in with 'nodegate keys import' instead.
                """)
        }
        if quiet { return try Console.writeLine(made.text.secret) }
        if json { return try Console.writeJSON(Report(id: made.key.id, name: made.key.name, key: made.text.secret)) }
        var lines = [
            "Key \(made.key.id) '\(made.key.name)'\(made.key.expires.map { ", until \(KeyRow.text($0))" } ?? ""). "
                + "It is shown this once:",
            "", "  \(made.text.secret)", "",
            "Give it to its owner over a safe way. A request carries it in Authorization:",
            "  curl -H \"Authorization: Bearer $KEY\" '\(Self.example(made.key, table, settings))'",
        ]
        lines += NewKeyOptions.remarks(made.key, table)
        try Console.writeLines(lines)
    }

    /// A URL that the key may GET, or the first one that comes to mind.
    private static func example(_ key: APIKey, _ table: OperationTable?, _ settings: Settings?) -> String {
        let operation = table?.operations.first { operation in
            guard operation.method == .get, operation.template.parameterCount == 0, let scope = operation.scope,
                let table
            else { return false }
            if case .granted = key.standing(on: scope, exactOnly: table.needsExactGrant(scope)) { return true }
            return false
        }
        let address = settings?.listeners.first?.address ?? Settings.Listener().address
        let host = address.hasPrefix("*:") ? "127.0.0.1" + address.dropFirst() : address
        let prefix = settings?.operations.prefix ?? Settings.Operations().prefix
        let scheme = settings?.listeners.first?.tls.isOn == true ? "https" : "http"
        return "\(scheme)://\(host)\(prefix)\(operation?.template.description ?? "/cloud_connectors")"
    }
}
