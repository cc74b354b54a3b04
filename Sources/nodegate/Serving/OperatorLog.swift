import AuditTrail
import Foundation
import Logging

/// The operator's log on standard error: one line an event, as text or as JSON.
struct OperatorLog: LogHandler {
    enum Format: Sendable { case text, json }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let format: Format

    init(format: Format, level: Logger.Level) {
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members = metadata
        members.merge(metadataProvider?.get() ?? [:]) { $1 }
        members.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { members["error"] = "\(error)" }
        let line = switch format {
        case .text: text(event, members)
        case .json: json(event, members)
        }
        // One write a line, so that lines of several threads do not mix.
        Console.complain(line)
    }

    // MARK: Text

    /// `2026-11-01T08:15:30.123456Z warning the message key=value other="two words"`
    private func text(_ event: LogEvent, _ members: Logger.Metadata) -> String {
        var line = "\(AuditTime.text(WallClock.microseconds)) \(event.level) \(Self.plain("\(event.message)"))"
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let value = Self.plain("\(value)")
            let isBare = !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" }
            line += " \(name)=" + (isBare ? value : "\"\(value.replacing("\"", with: "\\\""))\"")
        }
        return line
    }

    /// What a peer sent must not begin a line of its own or steer a terminal.
    static func plain(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if isHidden(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }

    // MARK: JSON

    private struct Line: Encodable {
        let time, level, message: String
        let details: [String: String]?
    }

    private func json(_ event: LogEvent, _ members: Logger.Metadata) -> String {
        let line = Line(
            time: AuditTime.text(WallClock.microseconds), level: "\(event.level)", message: "\(event.message)",
            details: members.isEmpty ? nil : members.mapValues { "\($0)" })
        return (try? Console.json(line)) ?? text(event, members)
    }
}
