import AccessControl
import Cryptography

/// What a new key is made with.
package struct KeyDraft: Sendable, Equatable {
    package var name: String
    package var ownerNote: String
    /// Unix seconds; nil: never.
    package var expires: Int64?
    package var grants: [ScopePattern]
    package var denials: [ScopePattern]
    /// The client certificate that it needs beside its text.
    package var requiredCertificate: CertificateName?

    package init(
        name: String, ownerNote: String = "", expires: Int64? = nil, grants: [ScopePattern] = [],
        denials: [ScopePattern] = [], requiredCertificate: CertificateName? = nil
    ) {
        self.name = name
        self.ownerNote = ownerNote
        self.expires = expires
        self.grants = grants
        self.denials = denials
        self.requiredCertificate = requiredCertificate
    }
}

/// The keys and their scopes, for administration. Digests are stored, never keys.
///
/// Each change is one transaction: the rows, the generation and the entry of the outbox, or nothing. Several
/// processes may have it open. Confined to one queue at a time by its owner.
package final class KeyStore {
    package let path: String
    let connection: StoreConnection
    let pepper: Pepper

    /// Opens a store, makes one where there is none, and brings an older one to this release's schema.
    ///
    /// - Throws: what is wrong with the file, `.pepperMismatch` when the store was made with another pepper.
    package init(path: String, pepper: Pepper) throws(StoreError) {
        self.path = path
        self.pepper = pepper
        try StoreFile.prepare(path)
        connection = try StoreConnection(path: path, access: .readWrite, busyMilliseconds: StoreLimits.busyMilliseconds)
        try StoreSchema.prepare(connection, pepper: pepper)
    }

    /// Opens store and pepper by their paths, or makes both where neither is.
    package static func open(path: String, pepperPath: String) throws(StoreError) -> KeyStore {
        try KeyStore(path: path, pepper: try Pepper.open(path: pepperPath, store: path))
    }

    // MARK: Looking

    /// Every key, by id.
    package func keys() throws(StoreError) -> [APIKey] {
        try connection.read { () throws(StoreError) in try KeyRows(connection: connection).all().map(\.key) }
    }

    /// The key with that id, or of that name.
    ///
    /// - Throws: `.noSuchKey`; `.keyInsteadOfName` when `text` is the text of a key, which no message repeats.
    package func find(_ text: String) throws(StoreError) -> APIKey {
        try connection.read { () throws(StoreError) in try located(text) }
    }

    func located(_ text: String) throws(StoreError) -> APIKey {
        let found = if let id = Int64(text) {
            id
        } else {
            try connection.rows("SELECT id FROM keys WHERE name = ?", .text(text)) { $0.integer(0) }.first
        }
        if let found, let row = try KeyRows(connection: connection).one(id: found) { return row.key }
        let bytes = Array(text.utf8)
        if let (id, _) = try holder(of: try digest(bytes)) { throw .keyInsteadOfName(id: id) }
        guard KeyName.isValid(text) || Int64(text) != nil, !KeyText.isOwn(bytes) else {
            throw .keyInsteadOfName(id: nil)
        }
        throw .noSuchKey(text)
    }

    /// Counts up with every change of keys and scopes.
    package func generation() throws(StoreError) -> UInt64 { try connection.generation() }

    // MARK: New keys

    /// Makes a key. Its text is in the result and nowhere else.
    package func create(_ draft: KeyDraft, by author: Authorship) throws(StoreError) -> (key: APIKey, text: KeyText) {
        let text = try KeyText.generate()
        return (try add(Array(text.secret.utf8), draft, "key.create", author), text)
    }

    /// Takes a key that clients have already.
    ///
    /// - Throws: `.malformedKey`, `.mistypedKey`, `.keyKnown` and what `create` throws.
    package func importKey(_ text: String, _ draft: KeyDraft, by author: Authorship) throws(StoreError) -> APIKey {
        let bytes = Array(text.utf8)
        guard Credential.isKey(bytes.span) else { throw .malformedKey }
        guard !KeyText.isMistyped(bytes) else { throw .mistypedKey }
        return try add(bytes, draft, "key.import", author)
    }

    /// Makes a client certificate a key, which then has no text: whoever shows it needs no other credential.
    ///
    /// - Throws: `.certificateKnown` and what `create` throws.
    package func enrol(_ name: CertificateName, _ draft: KeyDraft, by author: Authorship) throws(StoreError) -> APIKey {
        try add(CertificatePrincipal.text(name), draft, "key.enrol", author, enrolled: name)
    }

    private func add(
        _ text: [UInt8], _ draft: KeyDraft, _ what: String, _ author: Authorship, enrolled: CertificateName? = nil
    ) throws(StoreError) -> APIKey {
        guard KeyName.isValid(draft.name) else { throw .invalidName(draft.name) }
        guard KeyName.isNote(draft.ownerNote) else { throw .invalidNote }
        let digest = try digest(text)
        return try connection.write { () throws(StoreError) in
            if let (id, name) = try holder(of: digest) {
                throw enrolled == nil ? .keyKnown(id: id, name: name) : .certificateKnown(id: id, name: name)
            }
            let namesake = try connection.rows("SELECT id FROM keys WHERE name = ?", .text(draft.name)) { $0.integer(0) }
            if let namesake = namesake.first { throw .nameTaken(draft.name, id: namesake) }
            guard try connection.integer("SELECT count(*) FROM keys") ?? 0 < StoreLimits.keys else {
                throw .tooManyKeys(limit: StoreLimits.keys)
            }
            try connection.run(
                """
                INSERT INTO keys (name, owner_note, created, expires, digest, required_certificate, enrolled_certificate)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                .text(draft.name), .text(draft.ownerNote), .integer(author.seconds), .optionalInteger(draft.expires),
                .blob(digest.digest256.bytes), .optionalText(draft.requiredCertificate?.text), .optionalText(enrolled?.text))
            let id = connection.database.lastInsertedRow
            let identity = enrolled.map { "\($0), " } ?? ""
            try record(what, id, draft.name, before: "", after: "\(identity)expires \(Self.text(draft.expires))", author)
            if let name = draft.requiredCertificate {
                try record("key.require", id, draft.name, before: "", after: name.text, author)
            }
            try add(draft.grants, .grant, id, draft.name, author)
            try add(draft.denials, .deny, id, draft.name, author)
            return try located(String(id))
        }
    }

    private func digest(_ text: [UInt8]) throws(StoreError) -> KeyDigest {
        do { return try pepper.digest(ofKey: text.span) } catch { throw .failed(path: path, error.description) }
    }

    private func holder(of digest: KeyDigest) throws(StoreError) -> (id: Int64, name: String)? {
        try connection.rows("SELECT id, name FROM keys WHERE digest = ?", .blob(digest.digest256.bytes)) { row in
            (row.integer(0), row.text(1))
        }.first
    }

    /// A time in the outbox.
    static func text(_ seconds: Int64?) -> String { seconds.map(String.init) ?? "never" }
}

extension StoreConnection {
    func generation() throws(StoreError) -> UInt64 {
        guard let found = try integer("SELECT generation FROM policy WHERE id = 1"), found >= 0 else {
            throw .invalidRow(path: path, row: "policy 1", "it has no generation")
        }
        return UInt64(found)
    }
}
