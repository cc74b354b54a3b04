/// Why bytes cannot be a credential for the appliance. Never holds them.
package enum CredentialFault: Error, Equatable, CustomStringConvertible {
    case empty
    case tooLong
    /// A control character in a field is an injection or a mistake (RFC 9110 section 5.5).
    case severalLines
    case noKey
    case noUser
    /// What was sealed is no credential of this product's making.
    case unknownForm

    package var description: String {
        switch self {
        case .empty: "the credential must have 1 to \(CredentialLine.greatestSecret) bytes; it has none"
        case .tooLong: "the credential must have 1 to \(CredentialLine.greatestSecret) bytes; it has more"
        case .severalLines: "the credential must be one line without control characters"
        case .noKey: "a key is printable ASCII without blanks; nothing else may stand beside it"
        case .noUser: "the credential for `basic` must be `user:password`"
        case .unknownForm: "what is sealed is no credential"
        }
    }
}

/// The Authorization field line that the appliance gets, with its end.
///
/// Shared by whoever sends it, shown to nobody, and overwritten in memory when the last of them is done with it.
package final class CredentialLine: Sendable, CustomStringConvertible {
    package enum Scheme: String, CaseIterable, Sendable {
        /// The secret is a key of the appliance.
        case bearer
        /// The secret is `user:password`.
        case basic
    }

    /// Bytes of a key, or of a user and password; longer ones do not belong into a header field.
    package static let greatestSecret = 2048
    private static let name = Array("Authorization: ".utf8)
    private static let bearer = Array("Bearer ".utf8)
    private static let basic = Array("Basic ".utf8)

    private let bytes: SecretBytes

    /// - Parameter secret: One line, its line end allowed: editors put one behind what they write.
    package init(_ scheme: Scheme, _ secret: Span<UInt8>) throws(CredentialFault) {
        var count = secret.count
        if count > 0, secret[count - 1] == 0x0A { count -= 1 }
        if count > 0, secret[count - 1] == 0x0D { count -= 1 }
        guard count > 0 else { throw .empty }
        guard count <= Self.greatestSecret else { throw .tooLong }
        let secret = secret.extracting(0..<count)
        var colon = 0
        var isPlain = true
        for index in 0..<count {
            guard secret[index] >= 0x20, secret[index] != 0x7F else { throw .severalLines }
            if secret[index] == 0x3A, colon == 0 { colon = index }
            if !(0x21...0x7E).contains(secret[index]) { isPlain = false }
        }
        switch scheme {
        case .bearer:
            guard isPlain else { throw .noKey }
            bytes = Self.line(Self.bearer, count) { room, place in
                for index in 0..<count { Self.put(secret[index], into: &room, &place) }
            }
        case .basic:
            guard colon > 0 else { throw .noUser }
            bytes = Self.line(Self.basic, (count + 2) / 3 * 4) { room, place in
                Self.putBase64(of: secret, into: &room, &place)
            }
        }
    }

    /// - Parameter value: A field value, as `withValue` gave it.
    package init(value: Span<UInt8>) throws(CredentialFault) {
        let isKnown = Self.begins(value, with: Self.bearer) || Self.begins(value, with: Self.basic)
        guard isKnown, value.count <= Self.greatestSecret * 2 else { throw .unknownForm }
        for index in 0..<value.count {
            guard (0x20...0x7E).contains(value[index]) else { throw .unknownForm }
        }
        bytes = Self.line([], value.count) { room, place in
            for index in 0..<value.count { Self.put(value[index], into: &room, &place) }
        }
    }

    /// The whole line.
    package func withLine<Value>(_ body: (Span<UInt8>) -> Value) -> Value { Self.lend(bytes, body) }

    /// What stands behind the name of the field.
    package func withValue<Value, Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Value) throws(Failure) -> Value {
        try Self.lend(bytes) { (line) throws(Failure) in try body(line.extracting(Self.name.count..<line.count - 2)) }
    }

    /// As an argument the bytes stay where they are for as long as the span does.
    private static func lend<Value, Failure: Error>(
        _ bytes: borrowing SecretBytes, _ body: (Span<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(bytes.span)
    }

    /// Never the credential: an interpolation by accident gives nothing away.
    package var description: String { "[credential]" }

    // MARK: Bytes

    private static func line(
        _ scheme: [UInt8], _ count: Int, _ fill: (inout MutableSpan<UInt8>, inout Int) -> Void
    ) -> SecretBytes {
        SecretBytes(count: name.count + scheme.count + count + 2) { room in
            var place = 0
            for byte in name + scheme { put(byte, into: &room, &place) }
            fill(&room, &place)
            put(0x0D, into: &room, &place)
            put(0x0A, into: &room, &place)
            return place
        }
    }

    private static func put(_ byte: UInt8, into room: inout MutableSpan<UInt8>, _ place: inout Int) {
        room[place] = byte
        place += 1
    }

    /// RFC 4648 section 4.
    private static func putBase64(of secret: Span<UInt8>, into room: inout MutableSpan<UInt8>, _ place: inout Int) {
        var index = 0
        while index < secret.count {
            let left = min(3, secret.count - index)
            var word = UInt32(secret[index]) << 16
            if left > 1 { word |= UInt32(secret[index + 1]) << 8 }
            if left > 2 { word |= UInt32(secret[index + 2]) }
            for digit in 0..<4 {
                let value = UInt8(word >> UInt32(18 - 6 * digit) & 63)
                put(digit <= left ? self.digit(value) : 0x3D, into: &room, &place)
            }
            index += 3
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: value + 0x41
        case 26..<52: value - 26 + 0x61
        case 52..<62: value - 52 + 0x30
        case 62: 0x2B
        default: 0x2F
        }
    }

    private static func begins(_ value: Span<UInt8>, with scheme: [UInt8]) -> Bool {
        guard value.count > scheme.count else { return false }
        for index in scheme.indices where value[index] != scheme[index] { return false }
        return true
    }
}
