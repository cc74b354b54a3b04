import Settings
import Tokens

/// The keys of the files that settings name, and what is to be said about them.
package enum TokenKeys {
    /// Reads and checks them; nil where tokens are denied, or their keys are fetched.
    static func read(_ settings: Settings) throws(GatewayError) -> TokenKeySet? {
        let files: [Settings.TokenKeyFile]
        do { files = try settings.tokenKeyFiles() } catch { throw .settings(error) }
        guard !files.isEmpty else { return nil }
        var keys: [TokenKey] = []
        var errors: [SettingsError] = []
        for file in files {
            do throws(TokenKeyError) { keys += try Self.keys(of: file, settings.authentication.tokens) } catch {
                errors.append(settings.error(file.setting, "the file \(file.path) is of no use: \(error)"))
            }
        }
        guard errors.isEmpty else { throw .settings(SettingsErrors(errors)) }
        let set: TokenKeySet
        do { set = try TokenKeySet(keys) } catch {
            throw .settings(SettingsErrors([settings.error(files[0].setting, error.description)]))
        }
        guard settings.authentication.tokens.algorithms.contains(where: { set.serves(TokenAlgorithm($0)) }) else {
            throw .settings(SettingsErrors([settings.error(
                "authentication.jwt.algorithms",
                "none of the keys is for an allowed algorithm, so no token would be taken")]))
        }
        return set
    }

    private static func keys(
        of file: Settings.TokenKeyFile, _ tokens: Settings.Tokens
    ) throws(TokenKeyError) -> [TokenKey] {
        switch file.path {
        case tokens.keySetFile:
            return try TokenKeySet(jwks: file.bytes, allowsSecrets: tokens.algorithms.contains(.hs256)).keys
        case tokens.secretFile:
            var secret = file.bytes
            defer { for index in secret.indices { secret[index] = 0 } }
            // The line end that editors put behind it.
            if secret.last == 0x0A { secret.removeLast() }
            if secret.last == 0x0D { secret.removeLast() }
            return [try TokenKey(secret: secret.span)]
        default: return try TokenKeySet(pem: file.bytes.span).keys
        }
    }

    /// Without anything started: for `check`.
    ///
    /// - Returns: What works but deserves a thought.
    package static func check(_ settings: Settings) throws(GatewayError) -> [String] {
        let tokens = settings.authentication.tokens
        guard tokens.mode == .verify else {
            guard tokens != Settings.Tokens() else { return [] }
            return ["authentication.jwt is set up, but its mode `deny` refuses every token"]
        }
        let keys = try read(settings)
        var warnings: [String] = []
        if tokens.algorithms.contains(.hs256), tokens.algorithms.count > 1 {
            warnings.append("""
                authentication.jwt.algorithms has both HS256 and algorithms for public keys; no key is ever used for \
                both, but an issuer rarely needs them
                """)
        }
        if let keys {
            for algorithm in tokens.algorithms where !keys.serves(TokenAlgorithm(algorithm)) {
                warnings.append("authentication.jwt.algorithms allows \(algorithm.rawValue), for which there is no key")
            }
        }
        if let address = tokens.keySetURL, tokens.fetching.verification == .insecure {
            warnings.append("""
                authentication.jwt.jwks_verification is `insecure`: whoever can stand between the gateway and \
                \(address.text) can make tokens that the gateway believes
                """)
        }
        if tokens.grants.isEmpty {
            warnings.append("authentication.jwt.grants is empty: every token is refused with 403")
        }
        if tokens.type.isEmpty {
            warnings.append("""
                authentication.jwt.type is empty, so ID tokens of the issuer are taken like access tokens where their \
                audience fits; `at+jwt` takes access tokens alone
                """)
        }
        if settings.upstream.credential == .passthrough {
            warnings.append("""
                upstream.credential is passthrough: tokens go to the appliance, which must know their issuer too
                """)
        }
        return warnings
    }
}
