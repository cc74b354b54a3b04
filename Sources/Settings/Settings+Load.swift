extension Settings {
    /// Reads settings from the text of a YAML file and the environment, and reports all that is wrong at once.
    ///
    /// Opens no file. Values of the environment (`NODEGATE_UPSTREAM_URL`) replace those of the text.
    ///
    /// - Parameters:
    ///   - file: The file's path, for messages; relative paths in the settings stand on its folder.
    package static func parse(
        text: String, file: String, environment: [String: String]
    ) throws(SettingsErrors) -> Settings {
        throw SettingsErrors([SettingsError(.nowhere, "", "not yet")])
    }

    /// The same from a file; without one, from the environment alone, with the working directory as the folder.
    package static func load(file: String?, environment: [String: String]) throws(SettingsErrors) -> Settings {
        throw SettingsErrors([SettingsError(.nowhere, "", "not yet")])
    }

    /// Checks what the settings point at: the operations table and a credential's file can be read, the credential is
    /// not readable for everybody, and databases can be written.
    package func verifyFiles(environment: [String: String]) throws(SettingsErrors) {}

    /// The Authorization field line for the appliance with its line end, read from its file or the environment; nil
    /// for passthrough. Blocks on the file; for start and reload.
    package func upstreamAuthorization(environment: [String: String]) throws(SettingsErrors) -> [UInt8]? { nil }
}
