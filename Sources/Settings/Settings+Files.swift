import Foundation

extension Settings {
    /// Bytes of a credential; longer ones do not belong into a header field.
    private static let credentialLimit = 2048

    /// Checks what the settings point at: the operations table and a credential can be read, the credential's file is
    /// not readable for everybody, and databases can be written.
    package func verifyFiles(environment: [String: String]) throws(SettingsErrors) {
        var errors: [SettingsError] = []
        func check(_ setting: String, _ path: String, _ body: () throws(FileFailure) -> Void) {
            do throws(FileFailure) { try body() } catch {
                errors.append(self.error(setting, "the file \(path) \(error.reason)"))
            }
        }
        check("operations.file", operations.file) { () throws(FileFailure) in
            _ = try FileBytes.read(operations.file, atMost: 1)
        }
        check("store.path", store.path) { () throws(FileFailure) in try FileBytes.checkWritable(store.path) }
        check("store.pepper", store.pepper) { () throws(FileFailure) in
            // A pepper that is there is only read, and may well be write-protected.
            if FileManager.default.fileExists(atPath: store.pepper) {
                _ = try FileBytes.read(store.pepper, atMost: 1)
            } else {
                try FileBytes.checkWritable(store.pepper)
            }
        }
        check("audit.path", audit.path) { () throws(FileFailure) in try FileBytes.checkWritable(audit.path) }
        do throws(SettingsErrors) { _ = try upstreamAuthorization(environment: environment) } catch {
            errors += error.errors
        }
        do throws(SettingsErrors) { _ = try tokenKeyFiles() } catch { errors += error.errors }
        guard errors.isEmpty else { throw SettingsErrors(errors) }
    }

    /// The Authorization field line for the appliance with its line end, read from its file or the environment; nil
    /// for passthrough. Blocks on the file; for start and reload.
    package func upstreamAuthorization(environment: [String: String]) throws(SettingsErrors) -> [UInt8]? {
        do throws(SettingsError) {
            switch upstream.credential {
            case .passthrough: return nil
            case .bearer(let source):
                let (setting, secret) = try secret(source, environment)
                guard secret.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                    throw error(setting, "a key is printable ASCII without blanks; nothing else may stand beside it")
                }
                return Array("Authorization: Bearer ".utf8) + secret + Array("\r\n".utf8)
            case .basic(let source):
                let (setting, secret) = try secret(source, environment)
                guard let colon = secret.firstIndex(of: 0x3A), colon > 0 else {
                    throw error(setting, "the credential for `basic` must be `user:password`")
                }
                let encoded = Data(secret).base64EncodedString()
                return Array("Authorization: Basic \(encoded)\r\n".utf8)
            }
        } catch {
            throw SettingsErrors([error])
        }
    }

    /// What is wrong with what a setting points at.
    package func error(_ setting: String, _ message: String) -> SettingsError {
        SettingsError(origins.place(of: setting), setting, "`\(setting)`: \(message)")
    }

    /// A secret without the line end that editors put behind it. Messages never show it.
    private func secret(
        _ source: SecretSource, _ environment: [String: String]
    ) throws(SettingsError) -> (setting: String, bytes: [UInt8]) {
        let setting: String
        var bytes: [UInt8]
        switch source {
        case .environment(let name):
            setting = "upstream.credential.environment"
            guard let value = environment[name] else { throw error(setting, "the variable \(name) is not set") }
            bytes = Array(value.utf8)
        case .file(let path):
            setting = "upstream.credential.file"
            do throws(FileFailure) {
                let mode = try FileBytes.attributes(path).mode
                guard mode & 0o007 == 0 else {
                    throw FileFailure(reason: "is open to every user of the machine; run: chmod o= \(path)")
                }
                bytes = try FileBytes.read(path, atMost: Self.credentialLimit + 3)
            } catch {
                throw self.error(setting, "the file \(path) \(error.reason)")
            }
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.count <= Self.credentialLimit else {
            throw error(setting, "the credential must have 1 to \(Self.credentialLimit) bytes; it has "
                + (bytes.isEmpty ? "none" : "more"))
        }
        // RFC 9110 section 5.5: a control character in a field is an injection or a mistake.
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw error(setting, "the credential must be one line without control characters")
        }
        return (setting, bytes)
    }
}
