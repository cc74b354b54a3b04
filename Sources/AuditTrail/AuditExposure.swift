/// One secret that left in clear, as the `detail` of a record says it: one of kind `exposure`, or the outcome of an
/// answer that showed no other.
///
///     cloud_connectors/7 secret_key hmac:9f86d081884c7d65
///
/// The fingerprint tells whether a secret that is found elsewhere is the one that left, and whether it was the same
/// twice, without telling what it is: whoever makes it uses a keyed digest (HMAC-SHA-256 under the store's pepper,
/// cut to 16 hexadecimal digits).
package struct AuditExposure: Equatable, Sendable {
    /// The object of the appliance: controller and id; `-` for the id where there is none.
    package let object: String
    /// The name of the JSON member.
    package let field: String
    package let fingerprint: String

    /// - Returns: nil for parts that are empty or have a space or a control character.
    package init?(object: String, field: String, fingerprint: String) {
        let parts = [object, field, fingerprint]
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }) else { return nil }
        self.object = object
        self.field = field
        self.fingerprint = fingerprint
    }

    /// Reads a record's `detail`.
    package init?(detail: String) {
        let words = detail.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3 else { return nil }
        self.init(object: words[0], field: words[1], fingerprint: words[2])
    }

    package var detail: String { "\(object) \(field) \(fingerprint)" }

    /// The records that may have one, for SQL.
    static let isInDetail = "(kind = 'exposure' OR kind = 'outcome' AND revealed = 1)"
}

extension AuditRecord {
    /// The secret that this record says left in clear; nil where it says none, or how many only.
    package var exposure: AuditExposure? {
        let kind = self[.kind]
        guard kind == "exposure" || kind == "outcome" && self[.revealed] == 1 else { return nil }
        return AuditExposure(detail: self[.detail])
    }
}
