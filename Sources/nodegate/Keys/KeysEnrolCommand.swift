import AccessControl
import ArgumentParser
import Store

extension CertificateName: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }

    static let help = "'URI:...', 'DNS:...', 'email:...', 'IP:...', or a subject such as 'CN=backup,O=Example'"
}

struct KeysEnrolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol",
        abstract: "Make a client certificate a key: who shows it needs no other credential.",
        discussion: """
            For listeners that ask for client certificates (tls_client_certificates). The certificate is known by a name \
            that it has, a subjectAltName or its subject, as 'nodegate tls show' prints them; whoever an authority of \
            tls_authorities vouches for under that name is this key. It has no text. All else is as for any key: \
            grants, expiry, revocation, a bound credential.

            Example:
              nodegate keys enrol backup --client-certificate 'URI:spiffe://site/backup' --grant tasks/action
            """)

    @OptionGroup var options: NewKeyOptions
    @OptionGroup var scopes: ScopeChecking
    @OptionGroup var store: KeyStoreOptions

    @Option(name: .customLong("client-certificate"), help: ArgumentHelp(
        "The name that the certificate has: \(CertificateName.help).", valueName: "name"))
    var certificate: CertificateName

    @Flag(help: "The new key as one JSON object.")
    var json = false

    func run() throws {
        let table = try scopes.check(options.grants + options.denials)
        let store = try store.open(scopes.configuration, made: true)
        let key: APIKey
        do { key = try store.enrol(certificate, options.draft, by: .now) } catch { throw CommandFailure(error, in: store) }
        if json { return try Console.writeJSON(KeyRow(key, at: WallClock.seconds)) }
        try Console.writeLines(
            ["Key \(key.id) '\(key.name)' is whoever shows a client certificate of the name \(certificate)."]
                + NewKeyOptions.remarks(key, table))
    }
}

struct KeysRequireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "require",
        abstract: "Have a key work only together with a client certificate, or no longer.",
        discussion: """
            A key that was stolen is then of no use without the certificate's private key. Requests without it are \
            refused with certificate_required.

            Examples:
              nodegate keys require reporting --client-certificate 'CN=reporting,O=Example'
              nodegate keys require reporting --no-client-certificate
            """)

    @Argument(help: ArgumentHelp("The key.", valueName: "id|name"))
    var key: String

    @Option(name: .customLong("client-certificate"), help: ArgumentHelp(
        "The name that the certificate must have: \(CertificateName.help).", valueName: "name"))
    var certificate: CertificateName?

    @Flag(name: .customLong("no-client-certificate"), help: "It needs none any more.")
    var isLifted = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var store: KeyStoreOptions

    @Flag(help: "The key as it is now, as one JSON object.")
    var json = false

    func validate() throws {
        guard (certificate != nil) != isLifted else {
            throw ValidationError("Give either --client-certificate NAME or --no-client-certificate.")
        }
    }

    func run() throws {
        let store = try store.open(configuration)
        let result: (key: APIKey, changed: Bool)
        do { result = try store.setRequiredCertificate(certificate, of: key, by: .now) } catch {
            throw CommandFailure(error, in: store)
        }
        let row = KeyRow(result.key, at: WallClock.seconds)
        if json { return try Console.writeJSON(row) }
        try Console.writeLine(
            "key \(row.id) '\(row.name)' "
                + (row.requiredCertificate.map { "needs the client certificate \($0)" } ?? "needs no client certificate"))
    }
}
