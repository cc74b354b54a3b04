import AccessControl
import AuditTrail
import Cryptography
import HTTPWire
import Settings

/// What a gateway runs with: every setting as it would stand in the file, and every operation with its scope.
///
/// It is kept in a file beside the audit log, so that the next start can record what is different; the log has its
/// digest, so that a file that somebody changed is not believed.
struct EffectiveSettings: Equatable {
    struct Change: Equatable {
        /// `setting` or `operation`.
        let subject: String
        let name: String
        let before: String
        let after: String
    }

    /// By name; names of operations begin with `operation `.
    private let texts: [String: String]

    private static let operationPrefix = "operation "
    private static let none = "none"

    init(_ settings: Settings, _ operations: OperationTable) {
        var texts = settings.texts.mapValues(Self.line)
        for operation in operations.operations {
            let name = "\(Self.operationPrefix)\(operation.method.name) \(operation.template)"
            let explicit = operation.explicitScope.map { " unlocked by \($0)" } ?? ""
            texts[name] = (operation.scope?.description ?? Self.none) + explicit + (operation.isSensitive ? " sensitive" : "")
        }
        self.texts = texts
    }

    /// Of a gateway that was told nothing.
    private static let defaults = EffectiveSettings(texts: SettingReference.defaults.mapValues(line))

    private init(texts: [String: String]) { self.texts = texts }

    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }

    var settingCount: Int { texts.count - operationCount }
    var operationCount: Int { texts.keys.count { $0.hasPrefix(Self.operationPrefix) } }

    /// SHA-256 of `text`, in hexadecimal digits.
    var digest: String { (try? SHA256.digest(text.utf8.span).hexadecimal) ?? "" }

    /// One line for each, `name`, tab, value, in the order of the names.
    var text: String {
        texts.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)\n" }.joined()
    }

    /// Reads `text` back.
    init(text: Substring) {
        var texts: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let name = line.prefix { $0 != "\t" }
            texts[String(name)] = String(line.dropFirst(name.count + 1))
        }
        self.texts = texts
    }

    /// What is different, in the order of the names.
    ///
    func changes(since before: EffectiveSettings) -> [Change] {
        Set(texts.keys).union(before.texts.keys).sorted().compactMap { change($0, before) }
    }

    /// The settings that are not what they are by default.
    var initialChanges: [Change] {
        texts.keys.filter { !$0.hasPrefix(Self.operationPrefix) }.sorted().compactMap { change($0, Self.defaults) }
    }

    private func change(_ name: String, _ before: EffectiveSettings) -> Change? {
        guard texts[name] != before.texts[name] else { return nil }
        let isOperation = name.hasPrefix(Self.operationPrefix)
        let missing = isOperation ? "not in the table" : Self.none
        return Change(
            subject: isOperation ? "operation" : "setting",
            name: isOperation ? String(name.dropFirst(Self.operationPrefix.count)) : name,
            before: before.texts[name] ?? missing, after: texts[name] ?? missing)
    }
}

/// The file that effective settings are kept in: the number of the record that has their digest, then their text.
struct SettingsLedger {
    /// Far more than any settings have.
    private static let greatestFile = 16 << 20

    private let file: KeptText
    private let logPath: String

    init(logPath: String) {
        self.logPath = logPath
        file = KeptText(path: AuditLayout(path: logPath).settings)
    }

    var path: String { file.path }

    /// The settings that were kept last; nil when there are none, or the log does not say that these were.
    func read() -> EffectiveSettings? {
        guard let text = file.read(limit: Self.greatestFile), let end = text.firstIndex(of: "\n"),
            let sequence = Int64(text[..<end])
        else { return nil }
        let settings = EffectiveSettings(text: text[text.index(after: end)...])
        var query = AuditQuery()
        query.cursor = sequence - 1
        query.order = .oldestFirst
        query.limit = 1
        guard let record = try? AuditReader(path: logPath).records(query).first, record.sequence == sequence,
            record[.kind] == AuditKind.administration.text.description,
            record[.operation] == AdministrationRecords.effectiveSettings,
            record[.detail] == AdministrationRecords.detail(of: settings)
        else { return nil }
        return settings
    }

    /// - Parameter sequence: Of the record that has their digest.
    func write(_ settings: EffectiveSettings, sequence: Int64) -> Bool {
        // The file's last line feed is the one that ends it.
        file.write("\(sequence)\n" + settings.text.dropLast())
    }
}
