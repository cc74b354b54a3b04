import AccessControl
import Foundation
import HTTPWire
import Redaction
import SQLite
import Testing

@testable import Store

/// A folder with a key store, removed at the end of the test.
final class TestStore {
    let directory: URL
    let path: String
    let pepperPath: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appendingPathComponent("keys.db").path
        pepperPath = path + ".pepper"
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func open() throws -> KeyStore { try KeyStore.open(path: path, pepperPath: pepperPath) }

    func source() throws -> PolicySource { try PolicySource(path: path, pepper: try Pepper.load(path: pepperPath)) }

    func database(_ access: Database.Access = .readWrite) throws -> Database {
        try Database(path: path, access: access)
    }

    func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    func setMode(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    /// The bytes of every file in the folder.
    func rawBytes() throws -> [UInt8] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).flatMap { name in
            [UInt8](try Data(contentsOf: directory.appendingPathComponent(name)))
        }
    }
}

/// A fixed author; later changes may be given a later time.
func author(at seconds: Int64 = 1_790_000_000) -> Authorship {
    Authorship(actor: "tester(7)", time: seconds * 1_000_000)
}

func patterns(_ texts: String...) throws -> [ScopePattern] {
    try texts.map { try #require(ScopePattern($0)) }
}

/// A small API: one explicit scope, one sensitive operation.
func smallTable() throws -> OperationTable {
    let text = """
        method,path,operation_id,controller,action,explicit_scope,sensitive,request,response,identifiers
        GET,/nas_shares,index_nas_shares,nas_shares,index,nas_shares/get_password,,,json,
        GET,/pools,index_pools,pools,index,,,,json,
        POST,/api_keys,create_api_key,api_keys,create,,sensitive,json,json,
        """
    return try OperationTable(try OperationFile.parse(text))
}

extension PolicySource {
    func snapshot() throws -> PolicySnapshot {
        try snapshot(operations: try smallTable(), rules: try RedactionRules.compile(RedactionRule.shipped))
    }
}

extension PolicySnapshot {
    /// What a request with that key is told.
    func reason(_ method: Method, _ target: String, key: String, _ pepper: Pepper, at now: Int64) throws -> ReasonCode {
        let canonical = CanonicalTarget(prefix: try #require(APIPrefix("")))
        let bytes = Array(target.utf8)
        try canonical.parse(bytes.span, ByteRange(start: 0, count: bytes.count))
        let digest = try pepper.digest(ofKey: Array(key.utf8).span)
        let decision = Policy.decide(
            method, operations.route(method, canonical), of: canonical, credential: .digest(digest), under: self, at: now)
        switch consume decision {
        case .permit: return .allowed
        case .denial(let denial): return denial.reason
        }
    }
}
