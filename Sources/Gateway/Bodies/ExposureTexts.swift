import HTTPWire

/// Secrets that were found in an answer and are not recorded yet, each as the text that `AuditExposure` reads:
/// `CONTROLLER/ID FIELD FINGERPRINT`.
struct ExposureTexts {
    enum Fingerprint {
        /// Bytes of the secret leave before all of it is known, or it cannot be read.
        case unread
        /// Of a value too long to be kept, that of its beginning. The first half of a digest's first word is shown.
        case whole(UInt64)
        case beginning(UInt64)
    }

    /// Bytes of an object's id, and of the other words.
    private static let wordLimit = 64
    private static let unread = Array("unread".utf8)
    private static let whole = Array("hmac:".utf8)
    private static let beginning = Array("hmac-begin:".utf8)

    private var bytes: [UInt8] = []
    /// Where each text ends.
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// - Parameter identifier: Of the object; empty: it has none.
    mutating func append(
        controller: String, identifier: Span<UInt8>, field: String, _ fingerprint: Fingerprint
    ) {
        append(word: controller.utf8.span)
        bytes.append(UInt8(ascii: "/"))
        if identifier.isEmpty { bytes.append(UInt8(ascii: "-")) } else { append(word: identifier) }
        bytes.append(UInt8(ascii: " "))
        append(word: field.utf8.span)
        bytes.append(UInt8(ascii: " "))
        switch fingerprint {
        case .unread: bytes += Self.unread
        case .whole(let digest):
            bytes += Self.whole
            append(digits: digest)
        case .beginning(let digest):
            bytes += Self.beginning
            append(digits: digest)
        }
        ends.append(bytes.count)
    }

    private mutating func append(word: Span<UInt8>) {
        for index in 0..<min(word.count, Self.wordLimit) {
            let byte = word[index]
            bytes.append((0x21...0x7E).contains(byte) ? byte : 0x3F)
        }
    }

    private mutating func append(digits: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: digits >> UInt64(shift) & 0xF)
            bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// Each text, in the order found.
    func forEach(_ body: (Span<UInt8>) -> Void) {
        var start = 0
        for end in ends {
            body(bytes.span.extracting(start..<end))
            start = end
        }
    }
}
