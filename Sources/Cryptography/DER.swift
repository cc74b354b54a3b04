/// The little of DER (X.690) that keys and signatures from JSON need to become what libcrypto reads.
enum DER {
    /// An INTEGER that is not negative, from big-endian bytes.
    static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var digits = Array(bytes.drop { $0 == 0 })
        if digits.isEmpty || digits[0] >= 0x80 { digits.insert(0, at: 0) }
        return element(0x02, digits)
    }

    static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        if content.count < 0x80 {
            length = [UInt8(content.count)]
        } else {
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }
}

/// ECDSA signatures: JOSE has r and s side by side (RFC 7518 section 3.4), libcrypto has a SEQUENCE (RFC 3279).
enum ECDSASignature {
    /// - Returns: nil unless there are exactly two numbers of `size` bytes.
    static func encode(_ bytes: Span<UInt8>, size: Int) -> [UInt8]? {
        guard bytes.count == size * 2 else { return nil }
        var numbers: [UInt8] = []
        for index in 0..<bytes.count { numbers.append(bytes[index]) }
        return DER.sequence(DER.integer(numbers[..<size]) + DER.integer(numbers[size...]))
    }
}
