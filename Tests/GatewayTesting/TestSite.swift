import AccessControl
import AuditTrail
import Cryptography
import Foundation
import Gateway
import Logging
import NodeumSimulator
import Settings
import Store

/// Everything around a gateway: a directory of its own, a key store, the shipped operations table, and an appliance
/// that answers as itself or by a script.
package final class TestSite {
    /// The appliance's own key, which the gateway has and no client knows.
    package static let applianceKey = "appliance-key-of-the-gateway-77d1"
    /// The operations that ship, compiled once.
    package static let operations = Result { try shipped(patchRunsUpdate: false) }
    private static let patchedOperations = Result { try shipped(patchRunsUpdate: true) }

    private static func shipped(patchRunsUpdate: Bool) throws -> OperationTable {
        let file = Command.root.appendingPathComponent("config/operations.csv")
        return try OperationTable(
            try OperationFile.parse(try String(contentsOf: file, encoding: .utf8)), patchRunsUpdate: patchRunsUpdate)
    }

    package let directory: ScratchDirectory
    package let appliance: SimulatorServer
    package let store: KeyStore
    package let log = CapturedLog()
    private var keyCount = 0
    private var gateways: [TestGateway] = []

    /// - Parameter appliance: Changes what the appliance is like, before it starts.
    package init(appliance change: (inout SimulatorSettings) -> Void = { _ in }) throws {
        directory = try ScratchDirectory()
        var settings = SimulatorSettings()
        settings.credentials = ApplianceCredentials(keys: [Self.applianceKey])
        settings.setsSessionCookie = true
        change(&settings)
        appliance = SimulatorServer(settings)
        try appliance.start()
        store = try KeyStore.open(path: directory.path("nodegate.db"), pepperPath: directory.path("nodegate.db.pepper"))
        try directory.write(Self.applianceKey + "\n", to: "appliance.key")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: directory.path("appliance.key"))
    }

    deinit {
        for gateway in gateways { gateway.stop() }
        appliance.stop()
    }

    package var auditPath: String { directory.path("audit.db") }

    /// The settings of this site: one lane, any port on loopback.
    package func settings(_ change: (inout Settings) -> Void = { _ in }) -> Settings {
        var settings = Settings(upstream: Settings.Upstream(
            host: "127.0.0.1", port: appliance.port, credential: .bearer(.file(directory.path("appliance.key")))))
        settings.listeners[0].address = "127.0.0.1:0"
        settings.lanes = 1
        settings.store.path = directory.path("nodegate.db")
        settings.store.pepper = directory.path("nodegate.db.pepper")
        settings.store.masterKeys = directory.path("nodegate.db.master-keys")
        settings.store.pollInterval = 10
        settings.audit.path = auditPath
        change(&settings)
        return settings
    }

    package func plan(_ change: (inout Settings) -> Void = { _ in }) throws -> GatewayPlan {
        let settings = settings(change)
        let operations = settings.operations.patch == .update ? Self.patchedOperations : Self.operations
        return GatewayPlan(
            settings: settings, operations: try operations.get(),
            authorization: try settings.upstreamAuthorization(environment: [:]))
    }

    /// Starts a gateway in this process; it is stopped with the site at the latest.
    package func gateway(_ change: (inout Settings) -> Void = { _ in }) throws -> TestGateway {
        try gateway(lookup: nil, change)
    }

    /// - Parameter lookup: Where the appliance's name leads, instead of what the system says.
    package func gateway(lookup: AddressLookup?, _ change: (inout Settings) -> Void) throws -> TestGateway {
        let log = self.log
        let logger = Logger(label: "test") { _ in log }
        let plan = try plan(change)
        let server = if let lookup { try GatewayServer(plan, log: logger, lookup: lookup) } else {
            try GatewayServer(plan, log: logger)
        }
        let gateway = TestGateway(server, site: self)
        gateways.append(gateway)
        return gateway
    }

    // MARK: Keys

    package struct NoPattern: Error {
        let text: String
    }

    package static var author: Authorship {
        Authorship(actor: "tester(7)", time: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    package func patterns(_ texts: [String]) throws -> [ScopePattern] {
        try texts.map { text in
            guard let pattern = ScopePattern(text) else { throw NoPattern(text: text) }
            return pattern
        }
    }

    /// Makes a key, and returns its text.
    package func key(_ grants: String..., denials: [String] = [], expires: Int64? = nil) throws -> String {
        try key(granted: grants, denials: denials, expires: expires)
    }

    package func key(granted: [String], denials: [String] = [], expires: Int64? = nil) throws -> String {
        keyCount += 1
        return try store.create(
            KeyDraft(
                name: "key\(keyCount)", expires: expires, grants: try patterns(granted),
                denials: try patterns(denials)),
            by: Self.author
        ).text.secret
    }

    /// The name of the key that was made last.
    package var lastKeyName: String { "key\(keyCount)" }

    // MARK: Credentials of single keys

    package var masterKeysPath: String { directory.path("nodegate.db.master-keys") }

    /// Gives a key an appliance key of its own.
    package func bind(_ secret: String, to key: String) throws {
        let bytes = Array(secret.utf8)
        _ = try store.bind(
            try CredentialLine(.bearer, bytes.span), to: key, under: try MasterKeyFile.open(masterKeysPath, store: store),
            by: Self.author)
    }

    // MARK: What was recorded

    /// Records of exchanges, oldest first.
    package func records(_ change: (inout AuditQuery) -> Void = { _ in }) throws -> [AuditRecord] {
        var query = AuditQuery()
        query.limit = nil
        query.order = .oldestFirst
        change(&query)
        return try AuditReader(path: auditPath).records(query)
    }

    /// Records of one exchange, by the answer's X-Request-ID.
    package func records(of answer: Answer) throws -> [AuditRecord] {
        try records { $0.requestID = answer.exchange }
    }

    /// Everything that is in the site's files, and what the operator was told.
    package func everythingWritten() throws -> [(name: String, bytes: [UInt8])] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
        return try names.filter { $0 != "appliance.key" }.map {
            ($0, [UInt8](try Data(contentsOf: directory.url.appendingPathComponent($0))))
        } + [("log", Array(log.text.utf8))]
    }
}

extension AuditRecord {
    package var kind: String { self[.kind] }
    package var exchange: String { self[.exchange] }
    package var status: Int { Int(self[.status]) }
    package var reason: String { self[.reason] }
    package var ran: String { "\(self[.controller])#\(self[.action])" }
}
