import Testing
@testable import Settings

/// The least that settings need, as the first lines of a file: lines 1 to 4.
let required = """
    upstream:
      url: http://appliance.example:8081
      credential:
        mode: passthrough

    """

/// Settings of a text that must be good.
func settings(_ text: String, environment: [String: String] = [:]) throws -> Settings {
    try Settings.parse(text: text, file: "gate.yaml", environment: environment)
}

/// Everything that is wrong with a text, a line each; empty when nothing is.
func complaints(_ text: String, environment: [String: String] = [:]) -> [String] {
    do throws(SettingsErrors) {
        _ = try Settings.parse(text: text, file: "gate.yaml", environment: environment)
        return []
    } catch {
        return error.errors.map(\.description)
    }
}

/// The same for text that follows the required lines, so that its first line is line 5.
func complaintsAfterRequired(_ text: String, environment: [String: String] = [:]) -> [String] {
    complaints(required + text, environment: environment)
}
