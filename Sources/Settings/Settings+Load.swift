import Foundation

extension Settings {
    /// Far more than any settings need.
    static let fileLimit = 256 * 1024

    /// Reads settings from the text of a YAML file and the environment, and reports all that is wrong at once.
    ///
    /// Opens no file. Values of the environment (`NODEGATE_UPSTREAM_URL`) replace those of the text.
    ///
    /// - Parameter file: The file's path, for messages; relative paths in the settings stand on its folder.
    package static func parse(
        text: String, file: String, environment: [String: String]
    ) throws(SettingsErrors) -> Settings {
        try read(text: text, file: file, environment: environment)
    }

    /// The same from a file; without one, from the environment alone, with the working directory as the folder.
    package static func load(file: String?, environment: [String: String]) throws(SettingsErrors) -> Settings {
        guard let file else { return try read(text: "", file: nil, environment: environment) }
        let bytes: [UInt8]
        do throws(FileFailure) { bytes = try FileBytes.read(file, atMost: fileLimit + 1) } catch {
            throw SettingsErrors([SettingsError(.nowhere, "", "the settings file \(file) \(error.reason)")])
        }
        let text: String
        do throws(TextProblem) { text = try TextScreen.text(bytes, atMost: fileLimit) } catch {
            throw SettingsErrors([SettingsError(place(error.position, file), "", error.message)])
        }
        return try parse(text: text, file: file, environment: environment)
    }

    private static func place(_ position: TextPosition, _ file: String) -> SettingPlace {
        .file(file, line: position.line, column: position.column)
    }

    private static func read(
        text: String, file: String?, environment: [String: String]
    ) throws(SettingsErrors) -> Settings {
        var reader = SettingReader()
        var draft = SettingsDraft()
        if let file {
            guard text.utf8.count <= fileLimit else {
                throw SettingsErrors([SettingsError(
                    place(.start, file), "", "the file has more than \(fileLimit >> 10) KiB")])
            }
            var errors: [SettingsError] = []
            let root = SettingNodeBuilder.root(text, place: { place($0, file) }, errors: &errors)
            reader.add(errors)
            if let root { reader.section(root, "", SettingTable.entries, into: &draft) }
            // Nothing that follows from half a file would be of use.
            else { throw SettingsErrors(reader.errors) }
        }
        reader.environment(environment, into: &draft)
        return try SettingsAssembly(draft: draft, reader: reader, file: file).settings()
    }
}
