import AccessControl
import AuditTrail

/// A key as commands show it.
struct KeyRow: Encodable {
    let id: Int64
    let name, owner: String
    /// active, expired or revoked.
    let status: String
    let created: String
    /// Absent: never.
    let expires: String?
    let revoked: String?
    let grants, denials: [String]
    /// Lack of an ordinary scope is marked, not refused.
    let observed: Bool
    /// The appliance sees a credential of its own. Never the credential.
    let bound: Bool
    /// The client certificate that it needs, and the one that it is; absent: none.
    let requiredCertificate, enrolledCertificate: String?

    /// - Parameter now: Unix seconds.
    init(_ key: APIKey, at now: Int64) {
        id = key.id
        name = key.name
        owner = key.ownerNote
        status = Self.status(key, at: now)
        created = Self.text(key.created)
        expires = key.expires.map(Self.text)
        revoked = key.revoked.map(Self.text)
        grants = key.grants.map(\.description)
        denials = key.denials.map(\.description)
        observed = key.isObserved
        bound = key.isBound
        requiredCertificate = key.requiredCertificate?.text
        enrolledCertificate = key.enrolledCertificate?.text
    }

    private static func status(_ key: APIKey, at now: Int64) -> String {
        if let revoked = key.revoked, now >= revoked { return "revoked" }
        if let expires = key.expires, now >= expires { return "expired" }
        return "active"
    }

    /// `2026-11-01T08:15:30Z`.
    static func text(_ seconds: Int64) -> String {
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return String(seconds) }
        return AuditTime.text(microseconds).split(separator: ".").first.map { "\($0)Z" } ?? String(seconds)
    }
}
