extension Settings {
    /// Far more than any key, certificate or key set has.
    private static let tokenFileLimit = 256 * 1024

    /// A file with keys of an issuer, as it is.
    package struct TokenKeyFile: Sendable {
        package let setting: String
        package let path: String
        package let bytes: [UInt8]
    }

    /// The files that tokens are verified with; none where the keys are fetched. Blocks; for start and reload.
    package func tokenKeyFiles() throws(SettingsErrors) -> [TokenKeyFile] {
        let tokens = authentication.tokens
        guard tokens.mode == .verify else { return [] }
        let hasSecrets = tokens.algorithms.contains(.hs256)
        var wanted = tokens.publicKeys.map { (key: "public_keys", path: $0, isSecret: false) }
        if !tokens.keySetFile.isEmpty { wanted.append(("jwks_file", tokens.keySetFile, hasSecrets)) }
        if !tokens.secretFile.isEmpty { wanted.append(("secret_file", tokens.secretFile, true)) }
        if tokens.keySetURL != nil, tokens.fetching.authorities != UpstreamTLS.systemAuthorities {
            wanted.append(("jwks_authorities", tokens.fetching.authorities, false))
        }
        var files: [TokenKeyFile] = []
        var errors: [SettingsError] = []
        for file in wanted {
            let setting = "authentication.jwt.\(file.key)"
            do throws(FileFailure) {
                let bytes = try Self.read(file.path, isSecret: file.isSecret)
                guard file.key != "jwks_authorities" else { continue }
                files.append(TokenKeyFile(setting: setting, path: file.path, bytes: bytes))
            } catch {
                errors.append(self.error(setting, "the file \(file.path) \(error.reason)"))
            }
        }
        guard errors.isEmpty else { throw SettingsErrors(errors) }
        return files
    }

    private static func read(_ path: String, isSecret: Bool) throws(FileFailure) -> [UInt8] {
        let mode = try FileBytes.attributes(path).mode
        guard !isSecret || mode & 0o007 == 0 else {
            throw FileFailure(reason: "is open to every user of the machine; run: chmod o= \(path)")
        }
        let bytes = try FileBytes.read(path, atMost: tokenFileLimit + 1)
        guard bytes.count <= tokenFileLimit else { throw FileFailure(reason: "has more than \(tokenFileLimit >> 10) KiB") }
        return bytes
    }
}
