import AccessControl
import HTTPWire

extension SettingTable {
    static let tokens: [Entry] = [
        .value(
            "mode", \.settings.authentication.tokens.mode, .word,
            "Whether tokens are taken. With `deny` each is refused, whatever it says."),
        .value(
            "algorithms", \.settings.authentication.tokens.algorithms, .algorithms, takesSequence: true,
            """
            How tokens may be signed; nothing else is verified at all, and there is no default. HS256 is for a secret \
            that the issuer shares; the others are for public keys, and only those let none but the issuer sign.
            """),
        .value(
            "public_keys", \.settings.authentication.tokens.publicKeys, .paths, takesSequence: true,
            "PEM files, each with one public key or certificate of the issuer."),
        .value(
            "jwks_file", \.settings.authentication.tokens.keySetFile, .path(empty: "none"),
            """
            Instead: a JSON Web Key Set (RFC 7517). Shared secrets in it count only where HS256 is allowed and the file \
            is not readable for everybody.
            """),
        .value(
            "jwks_url", \.settings.authentication.tokens.keySetURL, .keyAddress,
            "Instead: where the issuer publishes its key set. Nothing is fetched because a token says so."),
        .value(
            "secret_file", \.settings.authentication.tokens.secretFile, .path(empty: "none"),
            """
            Instead, for HS256: a file that holds the shared secret, at least 32 bytes, and is not readable for everybody.
            """),
        .value(
            "jwks_refresh", \.settings.authentication.tokens.fetching.refresh, .duration(1_000...604_800_000),
            "Between two fetches of the key set."),
        .value(
            "jwks_retry", \.settings.authentication.tokens.fetching.retry, .duration(100...3_600_000),
            """
            Between two fetches at least: after one that failed, and when a token names a key that is not in the set.
            """),
        .value(
            "jwks_timeout", \.settings.authentication.tokens.fetching.timeout, .duration(100...60_000),
            "For one fetch, from the look-up of the name to the last byte."),
        .value(
            "jwks_maximum_age", \.settings.authentication.tokens.fetching.maximumAge, .duration(1_000...2_592_000_000),
            "A key set that could not be fetched again for so long is not used any more: tokens are refused with 503."),
        .value(
            "jwks_authorities", \.settings.authentication.tokens.fetching.authorities, .path(),
            "A PEM file of who may vouch for the server of the key set; `system`: the system's store."),
        .value(
            "jwks_verification", \.settings.authentication.tokens.fetching.verification, .word,
            """
            With `insecure` the server's certificate is not looked at, and http is taken: then anybody in between can \
            make tokens that the gateway believes.
            """),
        .value(
            "issuer", \.settings.authentication.tokens.issuer, .identifier("what `iss` must be, letter by letter"),
            "Who signs the tokens: their claim `iss`."),
        .value(
            "audience", \.settings.authentication.tokens.audiences, .identifiers, takesSequence: true,
            "Whom tokens are for: their claim `aud` must name one of these. A name that only this gateway has is best."),
        .value(
            "type", \.settings.authentication.tokens.type, .label("what `typ` must be", empty: "none, `JWT` or `at+jwt`"),
            "The header's `typ`: `at+jwt` takes access tokens (RFC 9068) and no ID tokens."),
        .value(
            "subject_claim", \.settings.authentication.tokens.subjectClaim, .name("the name of a claim"),
            "The claim that names who asks, in audit records as `issuer/subject`."),
        .value(
            "leeway", \.settings.authentication.tokens.leeway, .duration(0...300_000),
            "How far the clocks of the issuer and the gateway may differ."),
        .value(
            "maximum_lifetime", \.settings.authentication.tokens.maximumLifetime, .duration(60_000...31_536_000_000),
            "From a token's `iat`, or from now without one, to its `exp`; tokens that live longer are refused."),
        .list(
            "grants", \.tokenGrants, atMost: 1_024, blank: SettingsDraft.TokenGrant(), tokenGrant,
            """
            What claims grant. A token holds all that its claims are granted here, and nothing else; without a match \
            every operation is refused with 403.
            """),
        .value(
            "enforcement", \.settings.authentication.tokens.enforcement, .word,
            """
            With `observe`, lack of an ordinary scope does not refuse a token and is marked `would_deny`, as \
            `enforcement` does for everybody.
            """),
    ]

    private static let tokenGrant: [SettingEntry<SettingsDraft.TokenGrant>] = [
        .value(
            "claim", \.claim, .claim, required: "roles",
            """
            The claim: its name, or a JSON pointer into it: `/realm_access/roles`. It is a string, a list of strings, or \
            (`scope` and `scp`) words parted by blanks.
            """),
        .value("value", \.value, .claimValue, required: "operators", "What the claim must be, or hold, letter by letter."),
        .value(
            "match", \.match, .word,
            """
            `exact`: such a token is granted all of `grant`. `prefix`: `value` is what a value begins with, and the rest of \
            it names the scope that is granted, if `grant` covers it: the issuer chooses. With `nodegate:` a value \
            `nodegate:pools/index` grants `pools/index`.
            """),
        .value(
            "grant", \.grants, .grants, required: "pools/index", takesSequence: true,
            "Scopes and patterns, as keys are granted. An explicit scope, which shows secrets, must be named in full."),
    ]
}

extension SettingForm where Value == [Settings.TokenAlgorithm] {
    static var algorithms: SettingForm {
        let words = Settings.TokenAlgorithm.allCases.map(\.rawValue)
        let allowed = "a list of " + words.map { "`\($0)`" }.joined(separator: ", ")
        return SettingForm(allowed) { text throws(ValueRefusal) in
            var algorithms: [Settings.TokenAlgorithm] = []
            for part in parts(text) {
                guard let algorithm = Settings.TokenAlgorithm(rawValue: part) else {
                    throw ValueRefusal(
                        "\(quoted(part)) is not in \(allowed)", suggestion: Spelling.nearest(to: part, among: words))
                }
                if !algorithms.contains(algorithm) { algorithms.append(algorithm) }
            }
            return algorithms
        } text: { "[\($0.map(\.rawValue).joined(separator: ", "))]" }
    }
}

extension SettingForm where Value == Settings.TokenKeyAddress? {
    /// `https://host/path`, or nothing.
    static var keyAddress: SettingForm {
        let allowed = "a URL like `https://issuer.example/.well-known/jwks.json`; empty: none"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard !text.isEmpty else { return nil }
            guard !text.contains(where: { $0 == "@" || $0 == "#" }) else {
                throw ValueRefusal("a URL with a user, a password or a fragment is not taken; allowed is \(allowed)")
            }
            let isTLS = text.hasPrefix("https://")
            guard isTLS || text.hasPrefix("http://"), text.utf8.count <= 1_024 else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            let rest = text.dropFirst(isTLS ? 8 : 7)
            let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            let target = rest[slash...]
            guard let authority = Authority(rest[..<slash].utf8.span), target.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            let utf8 = rest.utf8
            var host = String(rest[..<utf8.index(utf8.startIndex, offsetBy: authority.host.count)])
            if host.hasPrefix("[") { host = String(host.dropFirst().dropLast()) }
            return Settings.TokenKeyAddress(
                isTLS: isTLS, host: host, port: authority.port ?? (isTLS ? 443 : 80),
                target: target.hasPrefix("/") ? String(target) : "/" + target)
        } text: { SettingForm<String>.yamlText($0?.text ?? "") }
    }
}

extension SettingForm where Value == String {
    private static var claimLimit: Int { 256 }

    /// The name of a claim, or a JSON pointer to it.
    static var claim: SettingForm {
        let allowed = "the name of a claim, or a JSON pointer to one: `roles`, `/realm_access/roles`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard isShort(text), Settings.TokenGrant.path(text) != nil else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            return text
        } text: { yamlText($0) }
    }

    static var claimValue: SettingForm {
        let allowed = "a text of 1 to \(claimLimit) bytes"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard isShort(text), !text.isEmpty else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            return text
        } text: { yamlText($0) }
    }

    /// What tokens call an issuer or an audience.
    static func identifier(_ meaning: String) -> SettingForm {
        let allowed = "\(meaning): at most \(claimLimit) printable ASCII characters without blanks"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard isIdentifier(text) else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            return text
        } text: { yamlText($0) }
    }

    private static func isShort(_ text: String) -> Bool {
        text.utf8.count <= claimLimit && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    fileprivate static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count <= claimLimit && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension SettingForm where Value == [String] {
    static var identifiers: SettingForm {
        let allowed = "a list of at most 16 names or URLs, printable ASCII without blanks"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            let names = parts(text)
            guard names.count <= 16, names.allSatisfy(SettingForm<String>.isIdentifier) else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            return names
        } text: { "[\($0.map { SettingForm<String>.yamlText($0) }.joined(separator: ", "))]" }
    }
}
