import AccessControl

/// What no single setting of tokens can tell.
extension SettingsAssembly {
    private static let section = "authentication.jwt"

    mutating func tokenGrants() -> [Settings.TokenGrant] {
        var grants: [Settings.TokenGrant] = []
        for (index, placed) in draft.tokenGrants.enumerated() {
            let item = placed.value
            let setting = "\(Self.section).grants[\(index)]"
            // What is missing or wrong in an item has been reported.
            guard !item.claim.isEmpty, !item.value.isEmpty else { continue }
            if item.grants.isEmpty, !reader.errors.contains(where: { $0.setting == "\(setting).grant" }) {
                reader.add(SettingsError(
                    placed.place, setting, "`\(setting)` grants nothing; name scopes in `grant`, or remove the item"))
            }
            let grant = Settings.TokenGrant(claim: item.claim, value: item.value, match: item.match, grants: item.grants)
            if grants.contains(where: { $0.claim == grant.claim && $0.value == grant.value && $0.match == grant.match }) {
                reader.add(SettingsError(
                    placed.place, setting,
                    "`\(setting)` is about a claim and value that an item above has; put them together"))
            }
            grants.append(grant)
        }
        return grants
    }

    mutating func checkTokens(_ tokens: Settings.Tokens) {
        // Everything else may stay where it is while tokens are denied.
        guard tokens.mode == .verify else { return }
        for (key, isMissing, what) in [
            ("algorithms", tokens.algorithms.isEmpty, "how the issuer signs, such as `[ES256]`"),
            ("issuer", tokens.issuer.isEmpty, "the `iss` of its tokens"),
            ("audience", tokens.audiences.isEmpty, "the `aud` that tokens for this gateway have"),
        ] where isMissing && !isRefused(key) {
            add("\(Self.section).\(key)", "`\(Self.section).mode: verify` needs `\(Self.section).\(key)`: \(what)")
        }
        checkKeys(tokens)
        checkFetching(tokens)
    }

    /// What is wrong with its value has been reported.
    private func isRefused(_ key: String) -> Bool {
        reader.errors.contains { $0.setting == "\(Self.section).\(key)" }
    }

    private mutating func checkKeys(_ tokens: Settings.Tokens) {
        let sources = [
            ("public_keys", !tokens.publicKeys.isEmpty), ("jwks_file", !tokens.keySetFile.isEmpty),
            ("jwks_url", tokens.keySetURL != nil), ("secret_file", !tokens.secretFile.isEmpty),
        ]
        let given = sources.filter(\.1).map(\.0)
        guard !sources.contains(where: { isRefused($0.0) }) else { return }
        guard let only = given.first, given.count == 1 else {
            let names = sources.map { "`\($0.0)`" }.joined(separator: ", ")
            add("\(Self.section).\(given.last ?? "mode")",
                "`\(Self.section)` needs keys from one of \(names)"
                    + (given.isEmpty ? "; none is set" : ", not from several"))
            return
        }
        let isShared = tokens.algorithms.contains(.hs256)
        if isShared, only == "public_keys" || only == "jwks_url" {
            add("\(Self.section).algorithms",
                "HS256 needs a secret that only the issuer and the gateway know, which `\(Self.section).\(only)` "
                    + "cannot hold; remove HS256, or use `secret_file`")
        }
        if only == "secret_file", tokens.algorithms.contains(where: { $0 != .hs256 }) {
            add("\(Self.section).algorithms",
                "`\(Self.section).secret_file` is for HS256 alone; other algorithms need public keys")
        }
    }

    private mutating func checkFetching(_ tokens: Settings.Tokens) {
        guard let address = tokens.keySetURL else {
            if tokens.fetching != Settings.TokenKeyFetching(), !isRefused("jwks_url") {
                add("\(Self.section).jwks_url", "`\(Self.section)` says how a key set is fetched, but has no `jwks_url`")
            }
            return
        }
        let fetching = tokens.fetching
        if !address.isTLS, !address.isLoopback, fetching.verification == .full {
            add("\(Self.section).jwks_url",
                "\(quoted(address.text)) is not https: anybody in between could make tokens that the gateway believes; "
                    + "use https, or spell out `\(Self.section).jwks_verification: insecure`")
        }
        if fetching.verification == .insecure, fetching.authorities != Settings.UpstreamTLS.systemAuthorities {
            add("\(Self.section).jwks_verification",
                "with `insecure` no authority is asked: remove `\(Self.section).jwks_authorities`, or `insecure`")
        }
        if fetching.maximumAge < fetching.refresh {
            add("\(Self.section).jwks_maximum_age",
                "`\(Self.section).jwks_maximum_age` is less than `jwks_refresh`: the keys would be too old before they "
                    + "are fetched again")
        }
        if fetching.retry > fetching.refresh {
            add("\(Self.section).jwks_retry", "`\(Self.section).jwks_retry` is more than `jwks_refresh`")
        }
    }

    func placeFiles(in tokens: inout Settings.Tokens) {
        tokens.publicKeys = tokens.publicKeys.map(path)
        if !tokens.keySetFile.isEmpty { tokens.keySetFile = path(tokens.keySetFile) }
        if !tokens.secretFile.isEmpty { tokens.secretFile = path(tokens.secretFile) }
        if tokens.fetching.authorities != Settings.UpstreamTLS.systemAuthorities {
            tokens.fetching.authorities = path(tokens.fetching.authorities)
        }
    }
}
