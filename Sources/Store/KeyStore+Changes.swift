import AccessControl

extension KeyStore {
    /// Grants or denies scopes, beside those that the key has.
    ///
    /// - Returns: The key as it is now, and the scopes that it did not have before.
    package func add(
        _ patterns: [ScopePattern], as effect: ScopeEffect, to key: String, by author: Authorship
    ) throws(StoreError) -> (key: APIKey, changed: [ScopePattern]) {
        try change(key) { (key) throws(StoreError) in try add(patterns, effect, key.id, key.name, author) }
    }

    /// Takes grants or denials away.
    ///
    /// - Returns: The key as it is now, and the scopes that it had before.
    package func remove(
        _ patterns: [ScopePattern], as effect: ScopeEffect, from key: String, by author: Authorship
    ) throws(StoreError) -> (key: APIKey, changed: [ScopePattern]) {
        try change(key) { (key) throws(StoreError) in
            var removed: [ScopePattern] = []
            for pattern in patterns {
                let count = try connection.run(
                    "DELETE FROM key_scopes WHERE key = ? AND effect = ? AND controller = ? AND action = ?",
                    .integer(key.id), .text(effect.rawValue), .text(pattern.controller), .text(pattern.action))
                guard count > 0 else { continue }
                removed.append(pattern)
                try record("key.un\(effect.rawValue)", key.id, key.name, before: pattern.description, after: "", author)
            }
            return removed
        }
    }

    /// Ends a key from now on. One that is revoked stays so since when it was.
    ///
    /// - Returns: The key as it is now, and whether it was revoked by this call.
    package func revoke(_ key: String, by author: Authorship) throws(StoreError) -> (key: APIKey, changed: Bool) {
        try change(key) { (key) throws(StoreError) in
            guard key.revoked == nil else { return false }
            try connection.run(
                "UPDATE keys SET revoked = ? WHERE id = ?", .integer(author.seconds), .integer(key.id))
            try record("key.revoke", key.id, key.name, before: "", after: Self.text(author.seconds), author)
            return true
        }
    }

    /// Sets when a key ends.
    ///
    /// - Parameter expires: Unix seconds; nil: never.
    /// - Returns: The key as it is now, and whether that is new.
    package func setExpiry(
        _ expires: Int64?, of key: String, by author: Authorship
    ) throws(StoreError) -> (key: APIKey, changed: Bool) {
        try change(key) { (key) throws(StoreError) in
            guard key.expires != expires else { return false }
            try connection.run("UPDATE keys SET expires = ? WHERE id = ?", .optionalInteger(expires), .integer(key.id))
            try record(
                "key.expire", key.id, key.name, before: Self.text(key.expires), after: Self.text(expires), author)
            return true
        }
    }

    /// Sets whether lack of an ordinary scope refuses the key, or is only marked in the audit log.
    ///
    /// - Returns: The key as it is now, and whether that is new.
    package func setObserved(
        _ isObserved: Bool, of key: String, by author: Authorship
    ) throws(StoreError) -> (key: APIKey, changed: Bool) {
        try change(key) { (key) throws(StoreError) in
            guard key.isObserved != isObserved else { return false }
            try connection.run(
                "UPDATE keys SET observed = ? WHERE id = ?", .integer(isObserved ? 1 : 0), .integer(key.id))
            let words = isObserved ? ("enforced", "observed") : ("observed", "enforced")
            try record("key.observe", key.id, key.name, before: words.0, after: words.1, author)
            return true
        }
    }

    /// Sets the client certificate that a key needs beside its text; nil: none.
    ///
    /// - Returns: The key as it is now, and whether that is new.
    package func setRequiredCertificate(
        _ name: CertificateName?, of key: String, by author: Authorship
    ) throws(StoreError) -> (key: APIKey, changed: Bool) {
        try change(key) { (key) throws(StoreError) in
            guard key.requiredCertificate != name else { return false }
            try connection.run(
                "UPDATE keys SET required_certificate = ? WHERE id = ?", .optionalText(name?.text), .integer(key.id))
            try record(
                "key.require", key.id, key.name, before: key.requiredCertificate?.text ?? "none",
                after: name?.text ?? "none", author)
            return true
        }
    }

    /// Finds the key, changes it and reads it again, in one transaction.
    func change<Value>(
        _ key: String, _ body: (APIKey) throws(StoreError) -> Value
    ) throws(StoreError) -> (key: APIKey, changed: Value) {
        try connection.write { () throws(StoreError) in
            let before = try located(key)
            let value = try body(before)
            return (try located(String(before.id)), value)
        }
    }

    @discardableResult
    func add(
        _ patterns: [ScopePattern], _ effect: ScopeEffect, _ key: Int64, _ name: String, _ author: Authorship
    ) throws(StoreError) -> [ScopePattern] {
        var added: [ScopePattern] = []
        for pattern in patterns {
            let count = try connection.run(
                "INSERT INTO key_scopes (key, effect, controller, action) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                .integer(key), .text(effect.rawValue), .text(pattern.controller), .text(pattern.action))
            guard count > 0 else { continue }
            added.append(pattern)
            try record("key.\(effect.rawValue)", key, name, before: "", after: pattern.description, author)
        }
        let count = try connection.integer("SELECT count(*) FROM key_scopes WHERE key = \(key)") ?? 0
        guard count <= StoreLimits.scopesPerKey else { throw .tooManyScopes(limit: StoreLimits.scopesPerKey) }
        guard try connection.integer("SELECT count(*) FROM key_scopes") ?? 0 <= StoreLimits.scopes else {
            throw .tooManyScopesInAll(limit: StoreLimits.scopes)
        }
        return added
    }
}
