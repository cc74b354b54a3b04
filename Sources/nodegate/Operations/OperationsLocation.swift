import AccessControl
import ArgumentParser
import class Foundation.FileManager
import struct Foundation.URL
import Settings

/// Which operations table a command reads.
struct OperationsLocation: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(name: .customLong("table"), help: ArgumentHelp(
        "The operations table's file, instead of the one that the configuration names.", valueName: "file"))
    var table: String?

    /// Where the table lies in the source tree and in a release, seen from its top directory.
    static let shipped = "config/operations.csv"
    /// Where an installed release has it, seen from the folder that holds `bin`.
    private static let installed = "share/nodegate/operations.csv"
    /// Folders above the executable that are looked through.
    private static let searchedFolders = 6

    /// The table that ships: below the working directory, or below a folder that the executable is in.
    static func shippedPath() -> String? {
        let files = FileManager.default
        if files.fileExists(atPath: shipped) { return shipped }
        guard let executable = try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return nil }
        var folder = URL(fileURLWithPath: executable).deletingLastPathComponent()
        for _ in 0..<searchedFolders {
            for name in [shipped, installed] {
                let path = folder.appendingPathComponent(name).path
                if files.fileExists(atPath: path) { return path }
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// A file, and what the configuration adds to it.
    struct Source {
        let path: String
        let additional: [OperationOverride]
        var patchRunsUpdate = false

        init(path: String, additional: [OperationOverride]) {
            self.path = path
            self.additional = additional
        }

        init(_ settings: Settings.Operations) {
            self.init(path: settings.file, additional: settings.additional)
            patchRunsUpdate = settings.patch == .update
        }

        /// The operations of the file alone.
        func operations() throws(CommandFailure) -> [Operation] {
            let text = try TextFile.read(path)
            do { return try OperationFile.parse(text) } catch {
                throw CommandFailure(
                    "the operations table \(path) has errors:\n\(error)",
                    advice: "Correct them, or make the table anew with 'nodegate operations import'.")
            }
        }

        /// What the gateway routes by: the file and the configuration's additions.
        func compiled() throws(CommandFailure) -> OperationTable {
            let operations = try operations()
            do { return try OperationTable(operations, overrides: additional, patchRunsUpdate: patchRunsUpdate) } catch {
                throw CommandFailure("the operations table \(path) cannot be used: \(error).")
            }
        }
    }

    func source() throws(CommandFailure) -> Source {
        if let table { return Source(path: table, additional: []) }
        if configuration.path() == nil, let path = Self.shippedPath() { return Source(path: path, additional: []) }
        return Source(try configuration.settings().operations)
    }
}
