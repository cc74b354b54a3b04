import AccessControl
import Foundation
import Gateway
import Settings
import Store

/// The files of a demo: configuration, store, audit log, keys.
struct DemoSite {
    let directory: String
    private let isTemporary: Bool

    init(directory: String?) throws(CommandFailure) {
        let url: URL
        if let directory {
            url = URL(fileURLWithPath: directory)
        } else {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("nodegate-demo-\(UUID().uuidString)")
        }
        isTemporary = directory == nil
        self.directory = url.path
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw CommandFailure("\(url.path) cannot be made: \(TextFile.reason(error))") }
    }

    func removeIfTemporary() {
        if isTemporary { try? FileManager.default.removeItem(atPath: directory) }
    }

    var configurationFile: String { file("nodegate.yaml") }
    /// Lines that a shell can source.
    var keysFile: String { file("keys.env") }

    private func file(_ name: String) -> String { "\(directory)/\(name)" }

    // MARK: Configuration

    /// Writes the configuration and what it points at.
    func plan(port: UInt16, upstream: UInt16) throws(CommandFailure) -> GatewayPlan {
        let credential = file("appliance.key")
        try write("demo-appliance-key-5f1c9a\n", to: credential)
        try write(
            """
            # Of the demo; config/nodegate.yaml has every setting.
            listeners:
              - 127.0.0.1:\(port)
            upstream:
              url: http://127.0.0.1:\(upstream)
              credential:
                mode: bearer
                file: appliance.key
            operations:
              file: operations.csv
            log:
              level: warning

            """, to: configurationFile)
        guard let table = OperationsLocation.shippedPath() else {
            throw CommandFailure("the operations table (config/operations.csv) is not found beside this program.")
        }
        try write(try TextFile.read(table), to: file("operations.csv"))
        let settings: Settings
        do { settings = try Settings.load(file: configurationFile, environment: [:]) } catch {
            throw CommandFailure("the demo's own configuration is refused:\n\(error)")
        }
        return try GatewayPlan(settings, environment: [:])
    }

    private func write(_ text: String, to path: String) throws(CommandFailure) {
        try TextFile.write(text, to: path)
        do { try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path) } catch {
            throw CommandFailure("\(path) cannot be protected: \(TextFile.reason(error))")
        }
    }

    // MARK: Keys

    private static let drafts: [(variable: String, purpose: String, draft: KeyDraft)] = [
        ("READER", "lists and shows connectors, sees no secret",
         KeyDraft(name: "reader", ownerNote: "demo", grants: patterns("cloud_connectors/index", "cloud_connectors/show"))),
        ("AUDITOR", "the same, and sees secret_key",
         KeyDraft(name: "auditor", ownerNote: "demo", grants: patterns(
             "cloud_connectors/index", "cloud_connectors/show", "cloud_connectors/get_secret_key"))),
        ("EDITOR", "every ordinary action, sees no secret",
         KeyDraft(name: "editor", ownerNote: "demo", grants: patterns("*/*"))),
        ("OUTSIDER", "may look at pools only",
         KeyDraft(name: "outsider", ownerNote: "demo", grants: patterns("pools/*"))),
    ]

    private static func patterns(_ texts: String...) -> [ScopePattern] { texts.compactMap { ScopePattern($0) } }

    /// Makes the keys, or takes those that an earlier run in the same directory made.
    func keys(_ settings: Settings) throws(CommandFailure) -> DemoKeys {
        let store: KeyStore
        do { store = try KeyStore.open(path: settings.store.path, pepperPath: settings.store.pepper) } catch {
            throw CommandFailure(error)
        }
        let known = knownKeys()
        var keys: [DemoKey] = []
        for entry in Self.drafts {
            let secret = if let known = known[entry.variable] { known } else { try make(entry.draft, in: store) }
            keys.append(DemoKey(
                variable: entry.variable, name: entry.draft.name, purpose: entry.purpose, secret: secret))
        }
        try write(keys.map { "\($0.variable)=\($0.secret)\n" }.joined(), to: keysFile)
        return DemoKeys(reader: keys[0], auditor: keys[1], editor: keys[2], outsider: keys[3])
    }

    private func make(_ draft: KeyDraft, in store: KeyStore) throws(CommandFailure) -> String {
        do {
            return try store.create(draft, by: Authorship.currentUser(at: WallClock.microseconds)).text.secret
        } catch { throw CommandFailure(error) }
    }

    private func knownKeys() -> [String: String] {
        guard let text = try? TextFile.read(keysFile) else { return [:] }
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        return Dictionary(pairs) { $1 }
    }
}
