import AccessControl
import Cryptography
import HTTPWire
import Settings

/// Users of the appliance with HTTP Basic, as the policy sees them: keys of the configuration instead of the store.
///
/// What stands for one is the keyed digest of `basic:USER`. No API key has it, since none may hold a colon. The
/// password is for the appliance to verify: a permit for such a user is worth nothing without it.
enum BasicPrincipal {
    /// Keys of the store count up from 1; these count down from -1, and never come to where tokens are.
    static func holds(_ keyID: Int64) -> Bool { keyID < 0 && !TokenPrincipal.holds(keyID) }

    static func entries(
        _ authentication: Settings.Authentication, _ digests: borrowing HMACSHA256
    ) throws(CryptographyError) -> [(digest: KeyDigest, key: APIKey)] {
        guard authentication.basic == .forward else { return [] }
        var entries: [(digest: KeyDigest, key: APIKey)] = []
        for user in authentication.basicUsers {
            let name = "basic:\(user)"
            let key = APIKey(id: -1 - Int64(entries.count), name: name, created: 0, grants: authentication.basicGrants)
            entries.append((try digest(Array(name.utf8), digests), key))
        }
        return entries
    }

    /// Whom a credential names; nil when it is not strictly the base64 of `user:password`.
    ///
    /// Strictly (RFC 4648 section 3.5), because a lenient reader behind could find another user in the same text.
    static func digest(
        of credential: Span<UInt8>, _ digests: borrowing HMACSHA256
    ) throws(CryptographyError) -> KeyDigest? {
        guard var decoded = decode(credential) else { return nil }
        defer { Overwriting.clear(&decoded) }
        guard let colon = decoded.firstIndex(of: 0x3A), colon > 0 else { return nil }
        return try digest(Array("basic:".utf8) + decoded[..<colon], digests)
    }

    private static func digest(_ name: [UInt8], _ digests: borrowing HMACSHA256) throws(CryptographyError) -> KeyDigest {
        let digest = try digests.digest(name.span)
        return KeyDigest(digest.word0, digest.word1, digest.word2, digest.word3)
    }

    private static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count > 0, text.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, text[text.count - 1 - padding] == 0x3D { padding += 1 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        for index in 0..<text.count - padding {
            guard let value = value(text[index]) else { return nil }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            bits &= (1 << UInt32(count)) - 1
        }
        return bits == 0 ? bytes : nil
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte) - 0x41
        case 0x61...0x7A: UInt32(byte) - 0x61 + 26
        case 0x30...0x39: UInt32(byte) - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
