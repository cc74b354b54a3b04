import COpenSSL

/// Why a sealed value or the keys to it are of no use.
package enum SealingError: Error, Equatable, CustomStringConvertible {
    case file(SecretFileError)
    case badLine(String, line: Int)
    case noKey(String)
    case repeatedID(String, id: UInt32)
    /// The value was sealed under a key that the file does not hold.
    case unknownKey(id: UInt32)
    /// Altered, cut, or sealed for another place.
    case notAuthentic
    case tooLong
    case tooManyKeys(String)
    case unavailable

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .badLine(let path, let line):
            "\(path), line \(line): a master key is a number and 64 hexadecimal digits; make one with "
                + "'openssl rand -hex 32'"
        case .noKey(let path): "\(path) holds no master key"
        case .repeatedID(let path, let id): "\(path) has two keys of the number \(id); each key needs its own"
        case .unknownKey(let id):
            "a stored value is sealed under master key \(id), which the master key file does not hold; "
                + "put that key back behind the current one"
        case .notAuthentic: "a sealed value was altered, or belongs elsewhere; it is not used"
        case .tooLong: "a value has more than \(MasterKeys.greatestValue) bytes and is not sealed"
        case .tooManyKeys(let path):
            "\(path) holds \(MasterKeys.greatestCount) master keys; take out those that nothing is sealed under any more"
        case .unavailable: CryptographyError.unavailable("AES-256-GCM").description
        }
    }
}

/// The keys that seal secrets at rest: AES-256-GCM (NIST SP 800-38D) with random nonces.
///
/// The file has a key a line: a number, and 64 hexadecimal digits. The first key seals; the others still open what
/// they sealed, so a key is rotated by writing a new line above it. A sealed value is
///
///     version 1 (1 byte), key number (4, big-endian), nonce (12), ciphertext, tag (16)
///
/// and authenticates its version, its key number and the associated bytes that say where it belongs.
package final class MasterKeys: Sendable {
    package static let greatestValue = 64 * 1024
    /// Random nonces of 96 bits are good for 2^32 values a key (SP 800-38D section 8.3), far more than are sealed.
    private static let nonceSize = 12
    private static let tagSize = 16
    private static let keySize = 32
    private static let headerSize = 5
    private static let version: UInt8 = 1
    private static let greatestFile = 64 * 1024
    static let greatestCount = 64

    private let numbers: [UInt32]
    /// The keys in the order of `numbers`, 32 bytes each.
    private let keys: SecretBytes

    /// Reads the file, which only its owner may read.
    package static func read(_ path: String) throws(SealingError) -> MasterKeys {
        let text = try contents(of: path)
        return try read(text: text.span, path: path)
    }

    private static func contents(of path: String) throws(SealingError) -> SecretBytes {
        do { return try SecretFile.read(path, atMost: greatestFile) } catch { throw .file(error) }
    }

    package static func read(text: Span<UInt8>, path: String) throws(SealingError) -> MasterKeys {
        var reader = MasterKeyLines(limit: greatestCount)
        defer { unsafe OPENSSL_cleanse(&reader.keys, reader.keys.count) }
        if let failure = reader.read(text, path: path) { throw failure }
        guard !reader.numbers.isEmpty else { throw .noKey(path) }
        return MasterKeys(numbers: reader.numbers, keys: reader.keys)
    }

    private init(numbers: [UInt32], keys: [UInt8]) {
        self.numbers = numbers
        self.keys = SecretBytes(copying: keys.span)
    }

    /// The number of the key that seals.
    package var currentNumber: UInt32 { numbers[0] }

    /// A number that no key has; nil when the file takes no more keys.
    package var freeNumber: UInt32? {
        guard numbers.count < Self.greatestCount else { return nil }
        let greatest = numbers.max() ?? 0
        return greatest < .max ? greatest + 1 : (1...UInt32(Self.greatestCount) + 1).first { !numbers.contains($0) }
    }

    /// A line for the file, with a new random key.
    package static func newLine(number: UInt32) throws(CryptographyError) -> String {
        let key = try SecureRandom.bytes(keySize)
        return "\(number) \(Hexadecimal.encode(key.span))\n"
    }

    /// The key number that a sealed value names; nil when it is no sealed value.
    package static func number(of sealed: Span<UInt8>) -> UInt32? {
        guard sealed.count >= headerSize + nonceSize + tagSize, sealed[0] == version else { return nil }
        return UInt32(sealed[1]) << 24 | UInt32(sealed[2]) << 16 | UInt32(sealed[3]) << 8 | UInt32(sealed[4])
    }

    /// - Parameter associated: Where the value belongs, such as the key's ID: it opens only there.
    package func seal(_ value: Span<UInt8>, associated: Span<UInt8>) throws(SealingError) -> [UInt8] {
        guard value.count <= Self.greatestValue else { throw .tooLong }
        guard let nonce = try? SecureRandom.bytes(Self.nonceSize) else { throw .unavailable }
        let number = currentNumber
        var sealed = [Self.version]
        for shift in stride(from: UInt32(24), through: 0, by: -8) { sealed.append(UInt8(truncatingIfNeeded: number >> shift)) }
        guard let body = AES256GCM.seal(
            value, key: keys, at: 0, nonce: nonce, header: sealed, associated: associated)
        else { throw .unavailable }
        return sealed + nonce + body
    }

    package func open(_ sealed: Span<UInt8>, associated: Span<UInt8>) throws(SealingError) -> SecretBytes {
        guard let number = Self.number(of: sealed), sealed.count <= Self.greatestValue + 64 else { throw .notAuthentic }
        guard let index = numbers.firstIndex(of: number) else { throw .unknownKey(id: number) }
        var header: [UInt8] = []
        for index in 0..<Self.headerSize { header.append(sealed[index]) }
        var nonce: [UInt8] = []
        for index in Self.headerSize..<Self.headerSize + Self.nonceSize { nonce.append(sealed[index]) }
        return try AES256GCM.open(
            sealed.extracting((Self.headerSize + Self.nonceSize)..<sealed.count),
            key: keys, at: index * Self.keySize, nonce: nonce, header: header, associated: associated)
    }
}

/// Reads `number hex` lines.
private struct MasterKeyLines {
    var numbers: [UInt32] = []
    var keys: [UInt8] = []
    private let limit: Int
    private var position = 0
    private var line = 0

    init(limit: Int) {
        self.limit = limit
        // Never grows, so that no copy of a key is left behind.
        keys.reserveCapacity((limit + 1) * 32)
    }

    mutating func read(_ text: borrowing Span<UInt8>, path: String) -> SealingError? {
        while position < text.count {
            line += 1
            skipBlanks(text)
            if position < text.count, text[position] != 0x0a, text[position] != UInt8(ascii: "#") {
                guard numbers.count < limit, let number = readNumber(text), readKey(text) else {
                    return .badLine(path, line: line)
                }
                guard !numbers.contains(number) else { return .repeatedID(path, id: number) }
                numbers.append(number)
            }
            while position < text.count, text[position] != 0x0a { position += 1 }
            position += 1
        }
        return nil
    }

    /// The number and the blank behind it.
    private mutating func readNumber(_ text: borrowing Span<UInt8>) -> UInt32? {
        var number: UInt64 = 0
        let start = position
        while position < text.count, (0x30...0x39).contains(text[position]), number <= UInt64(UInt32.max) {
            number = number * 10 + UInt64(text[position] - 0x30)
            position += 1
        }
        guard position > start, position < text.count, text[position] == 0x20 else { return nil }
        return UInt32(exactly: number)
    }

    /// The digits, and nothing but blanks up to the end of the line.
    private mutating func readKey(_ text: borrowing Span<UInt8>) -> Bool {
        skipBlanks(text)
        for _ in 0..<32 {
            guard position + 1 < text.count, let high = Hexadecimal.value(text[position]),
                let low = Hexadecimal.value(text[position + 1])
            else { return false }
            keys.append(high << 4 | low)
            position += 2
        }
        skipBlanks(text)
        return position == text.count || text[position] == 0x0a
    }

    private mutating func skipBlanks(_ text: borrowing Span<UInt8>) {
        while position < text.count, text[position] == 0x20 || text[position] == 0x09 || text[position] == 0x0d { position += 1 }
    }
}
