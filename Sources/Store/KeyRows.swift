import AccessControl
import Cryptography
import SQLite

/// Reads keys with their scopes, and refuses rows that the store itself would never write.
struct KeyRows {
    let connection: StoreConnection

    struct Row {
        var key: APIKey
        let digest: KeyDigest
    }

    /// Every key, by id. Call it in a transaction: keys and scopes must be of one moment.
    func all() throws(StoreError) -> [Row] {
        var rows = try keys("ORDER BY id LIMIT \(StoreLimits.keys + 1)")
        guard rows.count <= StoreLimits.keys else { throw .tooManyKeys(limit: StoreLimits.keys) }
        guard try connection.integer("SELECT count(*) FROM key_scopes") ?? 0 <= StoreLimits.scopes else {
            throw .tooManyScopesInAll(limit: StoreLimits.scopes)
        }
        var place = 0
        try scopes("") { (id, effect, pattern) throws(StoreError) in
            // Both are in the order of ids, so the key of a scope is never behind.
            while place < rows.count, rows[place].key.id < id { place += 1 }
            guard place < rows.count, rows[place].key.id == id else {
                throw invalid("key_scopes of key \(id)", "there is no such key")
            }
            effect.add(pattern, to: &rows[place].key)
        }
        return rows
    }

    /// One key; in a transaction too.
    func one(id: Int64) throws(StoreError) -> Row? {
        guard var row = try keys("WHERE id = ?", .integer(id)).first else { return nil }
        try scopes("WHERE key = \(id)") { (_, effect, pattern) throws(StoreError) in effect.add(pattern, to: &row.key) }
        return row
    }

    private func keys(_ condition: String, _ value: StoreConnection.Value...) throws(StoreError) -> [Row] {
        let sql = """
            SELECT id, name, owner_note, created, expires, revoked, digest, observed, required_certificate,
                enrolled_certificate, EXISTS (SELECT 1 FROM key_credentials WHERE key = keys.id)
            FROM keys \(condition)
            """
        let read = { (row: Statement) throws(StoreError) -> Row in try self.key(row) }
        guard let value = value.first else { return try connection.rows(sql, read: read) }
        return try connection.rows(sql, value, read: read)
    }

    private func key(_ row: Statement) throws(StoreError) -> Row {
        let id = row.integer(0)
        let name = row.text(1)
        guard KeyName.isValid(name) else { throw invalid("key \(id)", "its name cannot be one") }
        guard KeyName.isNote(row.text(2)) else { throw invalid("key \(id)", "its note cannot be one") }
        guard let digest = Digest256(row.blob(6)), digest != .zero else {
            throw invalid("key \(id)", "its digest is not one")
        }
        let times = [row.integer(3), row.optionalInteger(4) ?? 0, row.optionalInteger(5) ?? 0]
        guard times.allSatisfy({ $0 >= 0 }) else { throw invalid("key \(id)", "a time of it is negative") }
        return Row(
            key: APIKey(
                id: id, name: name, ownerNote: row.text(2), created: row.integer(3), expires: row.optionalInteger(4),
                revoked: row.optionalInteger(5), isObserved: row.integer(7) == 1,
                requiredCertificate: try certificate(row.text(8), of: id),
                enrolledCertificate: try certificate(row.text(9), of: id), isBound: row.integer(10) == 1),
            digest: KeyDigest(digest))
    }

    /// - Parameter text: Empty for NULL.
    private func certificate(_ text: String, of key: Int64) throws(StoreError) -> CertificateName? {
        guard !text.isEmpty else { return nil }
        guard let name = CertificateName(text), name.text == text else {
            throw invalid("key \(key)", "a certificate's name of it cannot be one")
        }
        return name
    }

    private func scopes(
        _ condition: String, _ body: (Int64, ScopeEffect, ScopePattern) throws(StoreError) -> Void
    ) throws(StoreError) {
        let sql = "SELECT key, effect, controller, action FROM key_scopes \(condition) "
            + "ORDER BY key, effect, controller, action"
        _ = try connection.rows(sql) { (row) throws(StoreError) in
            let id = row.integer(0)
            guard let effect = ScopeEffect(rawValue: row.text(1)) else {
                throw invalid("key_scopes of key \(id)", "its effect is neither grant nor deny")
            }
            guard let pattern = ScopePattern(controller: row.text(2), action: row.text(3)) else {
                throw invalid("key_scopes of key \(id)", "a \(effect.rawValue) of it is no scope")
            }
            try body(id, effect, pattern)
        }
    }

    private func invalid(_ row: String, _ reason: String) -> StoreError {
        .invalidRow(path: connection.path, row: row, reason)
    }
}

/// What a scope of a key does, as the store writes it.
package enum ScopeEffect: String, Sendable, CaseIterable {
    case grant, deny

    func add(_ pattern: ScopePattern, to key: inout APIKey) {
        switch self {
        case .grant: key.grants.append(pattern)
        case .deny: key.denials.append(pattern)
        }
    }
}
