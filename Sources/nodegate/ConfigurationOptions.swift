import ArgumentParser
import Foundation
import Settings

/// Which configuration a command reads.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: [.short, .long], help: ArgumentHelp(
        "The configuration file. Default: $NODEGATE_CONFIG, ./nodegate.yaml, /etc/nodegate/nodegate.yaml.",
        valueName: "file"))
    var config: String?

    static let variable = "NODEGATE_CONFIG"
    private static let places = ["nodegate.yaml", "/etc/nodegate/nodegate.yaml"]

    static var environment: [String: String] {
        // The variable that names the file is not a setting of it.
        ProcessInfo.processInfo.environment.filter { $0.key != variable }
    }

    /// The file that was given, or the first that exists; nil when there is none.
    func path() -> String? {
        if let config { return config }
        if let file = ProcessInfo.processInfo.environment[Self.variable], !file.isEmpty { return file }
        return Self.places.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// The settings, where a configuration is found at all.
    func settingsIfAny() throws(CommandFailure) -> Settings? {
        guard path() != nil || Self.environment["NODEGATE_UPSTREAM_URL"] != nil else { return nil }
        return try settings()
    }

    /// The settings of the file, or of the environment alone when there is no file but the appliance is named there.
    func settings() throws(CommandFailure) -> Settings {
        let path = path()
        guard path != nil || Self.environment["NODEGATE_UPSTREAM_URL"] != nil else {
            throw CommandFailure(
                "no configuration is found: neither --config nor \(Self.variable) is given, and there is no "
                    + Self.places.joined(separator: " or ") + ".",
                advice: "Copy config/nodegate.yaml, adapt it, and name it with --config FILE.")
        }
        do { return try Settings.load(file: path, environment: Self.environment) } catch {
            throw CommandFailure(
                "\(path ?? "the environment") has \(error.errors.count == 1 ? "an error" : "errors"):\n\(error)")
        }
    }
}
