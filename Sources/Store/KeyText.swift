import AccessControl
import Cryptography

/// The text of an API key of this product's own making: `ngk_`, 40 random characters, 6 characters of checksum.
///
/// All in base 62: 238 bits of randomness, then the CRC-32 (IEEE 802.3) of everything before it. The start and the
/// checksum let secret scanners know a key when they see one, and people learn that they mistyped it.
package struct KeyText: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    package static let start = "ngk_"
    static let randomCharacters = 40
    static let checksumCharacters = 6

    /// The key itself. To be shown once, and stored nowhere.
    package let secret: String

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    package static func generate() throws(StoreError) -> KeyText {
        var text = Array(start.utf8)
        while text.count < start.utf8.count + randomCharacters {
            let bytes: [UInt8]
            do { bytes = try SecureRandom.bytes(randomCharacters) } catch { throw .noRandomness(error.description) }
            // 248 is the greatest multiple of 62 in a byte: what lies above would make some characters likelier.
            for byte in bytes where byte < 248 && text.count < start.utf8.count + randomCharacters {
                text.append(alphabet[Int(byte % 62)])
            }
        }
        return KeyText(secret: String(decoding: text + checksum(text), as: UTF8.self))
    }

    private init(secret: String) { self.secret = secret }

    /// Never the key: an interpolation by accident gives nothing away.
    package var description: String { "[key]" }
    package var debugDescription: String { "[key]" }

    /// Begins like a key of this product.
    static func isOwn(_ key: [UInt8]) -> Bool { key.starts(with: start.utf8) }

    /// Begins like a key of this product and is not one.
    static func isMistyped(_ key: [UInt8]) -> Bool {
        guard isOwn(key) else { return false }
        guard key.count == start.utf8.count + randomCharacters + checksumCharacters else { return true }
        return Array(key.suffix(checksumCharacters)) != checksum(Array(key.dropLast(checksumCharacters)))
    }

    private static func checksum(_ text: [UInt8]) -> [UInt8] {
        var rest = crc32(text)
        var characters: [UInt8] = []
        for _ in 0..<checksumCharacters {
            characters.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return characters.reversed()
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var rest = UInt32.max
        for byte in bytes {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0xEDB8_8320 }
        }
        return ~rest
    }
}
