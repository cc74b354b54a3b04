/// A small tar file in gzip, made without a compressor: deflate's stored blocks (RFC 1951 section 3.2.4).
package enum Archive {
    /// What `systems/download_traces` gives: a log with a secret in it, as logs have.
    static let traces = gzip(tar([
        ("traces/interface.log", Array("I, Started GET \"/api/v2/cloud_connectors\"\nD, secret_key=SECRET-in-traces\n".utf8)),
        ("traces/core.log", Array("I, core started\n".utf8)),
    ]))

    /// ustar: a header of 512 bytes and the content in blocks of 512 for each file, then two empty blocks.
    static func tar(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
        var out: [UInt8] = []
        for file in files {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) {
                for (index, byte) in text.utf8.enumerated() where offset + index < 512 { header[offset + index] = byte }
            }
            func octal(_ value: Int, _ width: Int) -> String {
                let digits = String(value, radix: 8)
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
            put(String(file.name.prefix(100)), at: 0)
            put(octal(0o644, 7), at: 100)
            put(octal(0, 7), at: 108)
            put(octal(0, 7), at: 116)
            put(octal(file.content.count, 11), at: 124)
            put(octal(0, 11), at: 136)
            put("        ", at: 148)
            put("0", at: 156)
            put("ustar\u{0}00", at: 257)
            put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
            out += header + file.content
            out += [UInt8](repeating: 0, count: (512 - file.content.count % 512) % 512)
        }
        return out + [UInt8](repeating: 0, count: 1024)
    }

    /// RFC 1952, without compression; for scenarios that answer in gzip too.
    package static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        var start = 0
        repeat {
            let end = min(start + 65_535, bytes.count)
            let count = UInt16(end - start)
            out += [end == bytes.count ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
            out += bytes[start..<end]
            start = end
        } while start < bytes.count
        for word in [checksum(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
            for shift in [UInt32(0), 8, 16, 24] { out.append(UInt8(word >> shift & 255)) }
        }
        return out
    }

    /// CRC-32 of RFC 1952.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xffff_ffff
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
