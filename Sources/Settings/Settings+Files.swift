import Cryptography
import Foundation

extension Settings {
    /// Checks what the settings point at: the operations table and a credential can be read, the credential's file is
    /// not open to others, and databases can be written.
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

    /// The Authorization field line for the appliance, read from its file, the environment or what systemd handed over;
    /// nil for passthrough. Blocks on the file; for start and reload.
    package func upstreamAuthorization(environment: [String: String]) throws(SettingsErrors) -> CredentialLine? {
        do throws(SettingsError) {
            switch upstream.credential {
            case .passthrough: return nil
            case .bearer(let source): return try line(.bearer, source, environment)
            case .basic(let source): return try line(.basic, source, environment)
            }
        } catch {
            throw SettingsErrors([error])
        }
    }

    /// What is wrong with what a setting points at.
    package func error(_ setting: String, _ message: String) -> SettingsError {
        SettingsError(origins.place(of: setting), setting, "`\(setting)`: \(message)")
    }

    private func line(
        _ scheme: CredentialLine.Scheme, _ source: SecretSource, _ environment: [String: String]
    ) throws(SettingsError) -> CredentialLine {
        let setting: String
        let path: String
        switch source {
        case .environment(let name):
            setting = "upstream.credential.environment"
            guard let value = environment[name] else { throw error(setting, "the variable \(name) is not set") }
            do { return try CredentialLine(scheme, value.utf8.span) } catch { throw self.error(setting, error.description) }
        case .file(let file):
            setting = "upstream.credential.file"
            path = file
        case .systemd(let name):
            setting = "upstream.credential.systemd"
            guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
                throw error(setting, """
                    there is no `$CREDENTIALS_DIRECTORY`: systemd sets it for a service with \
                    `LoadCredential=\(name):FILE`; anywhere else use `upstream.credential.file`
                    """)
            }
            path = "\(folder)/\(name)"
        }
        let secret: SecretBytes
        do { secret = try SecretFile.read(path, atMost: CredentialLine.greatestSecret + 2, access: .ownerAndGroup) } catch {
            if case .tooLong = error { throw self.error(setting, CredentialFault.tooLong.description) }
            throw self.error(setting, error.description)
        }
        do { return try CredentialLine(scheme, secret.span) } catch { throw self.error(setting, error.description) }
    }
}
