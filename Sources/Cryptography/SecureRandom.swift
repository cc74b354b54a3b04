import COpenSSL

/// Randomness for keys and identifiers.
package enum SecureRandom {
    package static func bytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard count > 0 else { return bytes }
        guard unsafe RAND_bytes(&bytes, Int32(count)) == 1 else { throw .unavailable("random bytes") }
        return bytes
    }

    package static func word() throws(CryptographyError) -> UInt64 {
        var word: UInt64 = 0
        for byte in try bytes(8) { word = word << 8 | UInt64(byte) }
        return word
    }
}
