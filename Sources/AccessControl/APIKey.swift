/// The keyed digest of an API key (HMAC-SHA-256 under the server's pepper), as four words.
package struct KeyDigest: Equatable, Hashable, Sendable {
    package let word0: UInt64
    package let word1: UInt64
    package let word2: UInt64
    package let word3: UInt64

    package init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// In constant time.
    package static func == (left: KeyDigest, right: KeyDigest) -> Bool { left.difference(from: right) == 0 }

    /// Zero when equal; takes the same time whatever the digests are.
    @inline(__always)
    func difference(from other: KeyDigest) -> UInt64 {
        (word0 ^ other.word0) | (word1 ^ other.word1) | (word2 ^ other.word2) | (word3 ^ other.word3)
    }
}

/// A key of a client: who it is and what it may run. The key itself is nowhere, its digest stands for it.
package struct APIKey: Equatable, Sendable {
    package var id: Int64
    package var name: String
    /// Whose it is; free text.
    package var ownerNote: String
    /// Unix seconds.
    package var created: Int64
    /// Unix seconds; at that second the key no longer works. nil: never.
    package var expires: Int64?
    /// Unix seconds; from that second the key does not work. nil: not revoked.
    package var revoked: Int64?
    package var grants: [ScopePattern]
    /// A denial wins over any grant, exact ones included.
    package var denials: [ScopePattern]
    /// Lack of an ordinary scope does not refuse it: for the time in which its needs are found out.
    package var isObserved: Bool
    /// It only works over a connection with a client certificate of this name.
    package var requiredCertificate: CertificateName?
    /// It has no text: a client certificate of this name is all that it takes.
    package var enrolledCertificate: CertificateName?
    /// The appliance sees a credential of this key's own, which the store has sealed.
    package var isBound: Bool

    package init(
        id: Int64, name: String, ownerNote: String = "", created: Int64, expires: Int64? = nil,
        revoked: Int64? = nil, grants: [ScopePattern] = [], denials: [ScopePattern] = [], isObserved: Bool = false,
        requiredCertificate: CertificateName? = nil, enrolledCertificate: CertificateName? = nil, isBound: Bool = false
    ) {
        self.id = id
        self.name = name
        self.ownerNote = ownerNote
        self.created = created
        self.expires = expires
        self.revoked = revoked
        self.grants = grants
        self.denials = denials
        self.isObserved = isObserved
        self.requiredCertificate = requiredCertificate
        self.enrolledCertificate = enrolledCertificate
        self.isBound = isBound
    }
}
