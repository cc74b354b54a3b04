import GatewayTesting

/// A key of the attempts, and what it may do by a reading of its own: nothing here is the product's code.
struct AttemptKey: Sendable {
    let name: String
    var grants: [String] = []
    var denials: [String] = []

    static let all = [
        AttemptKey(name: "reader", grants: ["cloud_connectors/index", "cloud_connectors/show"]),
        AttemptKey(name: "maker", grants: ["cloud_connectors/create", "primary_scans/create"]),
        AttemptKey(name: "editor", grants: ["cloud_connectors/update"]),
        AttemptKey(name: "tester", grants: ["cloud_connectors/test"]),
        AttemptKey(name: "holder", grants: ["cloud_connectors/*", "cloud_connectors/get_secret_key"]),
        AttemptKey(name: "buckets", grants: ["cloud_buckets/*"]),
        AttemptKey(name: "shares", grants: ["nas_shares/*"]),
        AttemptKey(name: "filer", grants: ["files/*"]),
        AttemptKey(name: "lister", grants: ["api_keys/*"]),
        AttemptKey(name: "syncer", grants: ["pools/sync_primary"]),
        AttemptKey(name: "caller", grants: ["task_callbacks/create", "cloud_buckets/update_config_file"]),
        AttemptKey(name: "keeper", grants: ["*/*"], denials: ["*/destroy"]),
        AttemptKey(name: "all", grants: ["*/*"]),
        AttemptKey(name: "empty"),
        AttemptKey(name: "revoked", grants: ["*/*"]),
        AttemptKey(name: "expired", grants: ["*/*"]),
    ]

    /// Never covered by a star.
    private static let exact = [
        "api_keys#create", "api_keys#update", "task_callbacks#create", "task_callbacks#update",
        "systems#download_traces", "cloud_buckets#update_config_file",
    ]

    static func named(_ name: String) -> AttemptKey? { all.first { $0.name == name } }

    /// - Parameter action: `controller#action`, as the appliance names what it ran.
    func holds(_ action: String) -> Bool {
        guard name != "revoked", name != "expired" else { return false }
        let parts = action.split(separator: "#")
        guard parts.count == 2 else { return false }
        let spellings = ["\(parts[0])/\(parts[1])", "\(parts[0])/*", "*/\(parts[1])", "*/*"]
        guard !spellings.contains(where: denials.contains) else { return false }
        let granting = Self.exact.contains(action) ? Array(spellings.prefix(1)) : spellings
        return granting.contains(where: grants.contains)
    }
}

extension TestSite {
    /// Makes every key of the attempts; their texts by name.
    func attemptKeys() throws -> [String: String] {
        var texts: [String: String] = [:]
        for key in AttemptKey.all {
            texts[key.name] = try self.key(
                granted: key.grants, denials: key.denials, expires: key.name == "expired" ? 1_700_000_000 : nil)
            if key.name == "revoked" { _ = try store.revoke(lastKeyName, by: Self.author) }
        }
        return texts
    }
}
