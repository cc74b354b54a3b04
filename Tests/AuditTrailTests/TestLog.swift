import AccessControl
import AuditTrail
import Dispatch
import Foundation
import GatewayTesting
import HTTPWire
import SQLite
import Testing

/// A directory with an audit log, removed at the end of the test.
final class TestLog {
    let directory: URL
    let path: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appendingPathComponent("audit.db").path
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func writer(limits: AuditLimits = AuditLimits(), durability: AuditDurability = .process) throws -> AuditWriter {
        try AuditWriter(path: path, durability: durability, limits: limits)
    }

    /// Makes a file beside the log, or makes it anew.
    func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let path = directory.appendingPathComponent(name).path
        try? FileManager.default.removeItem(atPath: path)
        let isMade = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        #expect(isMade)
        return path
    }

    /// Writes `count` records and closes the log.
    func fill(_ count: Int, _ change: (Int, inout AuditFacts, AuditEntry) -> Void = { _, _, _ in }) throws {
        let writer = try self.writer()
        defer { writer.close() }
        let batch = AuditBatch()
        let entry = AuditEntry()
        var number = 0
        while number < count {
            batch.recycle()
            while number < count {
                entry.fill(number, change)
                guard batch.append(entry) != nil else { break }
                number += 1
            }
            _ = try writer.store(batch)
        }
    }

    func database(_ access: Database.Access = .readWrite) throws -> Database {
        try Database(path: path, access: access)
    }

    /// See `TamperedLog.edit`.
    func edit(_ sql: String) throws { try TamperedLog.edit(path, sql) }

    func records(_ change: (inout AuditQuery) -> Void = { _ in }) throws -> [AuditRecord] {
        var query = AuditQuery()
        query.limit = nil
        query.order = .oldestFirst
        change(&query)
        return try AuditReader(path: path).records(query)
    }

    func verify() throws -> AuditVerification { try AuditVerifier.verify(path: path) }
}

extension AuditEntry {
    /// Facts that differ from record to record.
    func fill(_ number: Int, _ change: (Int, inout AuditFacts, AuditEntry) -> Void = { _, _, _ in }) {
        reset()
        var facts = AuditFacts()
        facts.time = 1_790_000_000_000_000 + Int64(number) * 1_000
        facts.exchange = ExchangeID(microseconds: facts.time, random: (UInt64(number), UInt64(number) << 2))
        facts.lane = 3
        facts.listener = 1
        facts.clientPort = UInt16(40_000 + number % 1_000)
        facts.method = .get
        facts.principal = .key
        facts.keyID = Int64(number % 7 + 1)
        facts.decision = .permit
        facts.reason = .allowed
        facts.generation = 5
        facts.status = 200
        facts.upstreamStatus = 200
        facts.bytesIn = UInt64(number)
        facts.bytesOut = 5_000
        facts.gatewayMicroseconds = 731
        facts.upstreamMicroseconds = 600
        facts.redacted = 2
        set(.client, "192.0.2.\(number % 200)")
        set(.path, "/api/v2/cloud_connectors/\(number)")
        set(.operation, "show_cloud_connector")
        set(.controller, "cloud_connectors")
        set(.action, "show")
        set(.principalName, "key \(number % 7 + 1)")
        set(.upstream, "10.0.0.5:443")
        set(.userAgent, "curl/8.5.0")
        change(number, &facts, self)
        self.facts = facts
    }
}

extension AuditWriter {
    /// Submits a batch and waits until it comes back.
    ///
    /// - Returns: The sequence numbers of the receipts by ticket.
    @discardableResult
    func store(_ batch: AuditBatch) throws -> [Int: Int64] {
        let returned = DispatchSemaphore(value: 0)
        try submit(batch) { _ in returned.signal() }
        returned.wait()
        var sequences: [Int: Int64] = [:]
        try batch.takeReceipts { ticket, receipt in sequences[ticket.index] = receipt.sequence }
        return sequences
    }

    /// Stores one record.
    @discardableResult
    func store(_ entry: AuditEntry) throws -> Int64 {
        let batch = AuditBatch()
        #expect(batch.append(entry) != nil)
        return try store(batch)[0] ?? 0
    }
}
