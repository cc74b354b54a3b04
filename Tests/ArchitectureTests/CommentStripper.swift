/// Removes comments and keeps line breaks, so that the rules see code and string literals at their lines.
struct CommentStripper {
    private enum State { case code, lineComment, blockComment, string, multilineString }

    private let bytes: [UInt8]
    private var output: [UInt8] = []
    private var index = 0
    private var state = State.code
    private var depth = 0

    static func stripped(_ text: String) -> String {
        var stripper = CommentStripper(bytes: Array(text.utf8))
        stripper.output.reserveCapacity(stripper.bytes.count)
        while stripper.index < stripper.bytes.count { stripper.step() }
        return String(decoding: stripper.output, as: UTF8.self)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func step() {
        let quote = UInt8(ascii: "\""), slash = UInt8(ascii: "/"), star = UInt8(ascii: "*")
        let byte = bytes[index]
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        switch state {
        case .code where byte == slash && next == slash: state = .lineComment; hide(2)
        case .code where byte == slash && next == star: state = .blockComment; depth = 1; hide(2)
        case .code where isTripleQuote: state = .multilineString; keep(3)
        case .code where byte == quote: state = .string; keep(1)
        case .code: keep(1)
        case .lineComment:
            if byte == UInt8(ascii: "\n") { state = .code }
            hide(1)
        case .blockComment where byte == slash && next == star: depth += 1; hide(2)
        case .blockComment where byte == star && next == slash:
            depth -= 1
            if depth == 0 { state = .code }
            hide(2)
        case .blockComment: hide(1)
        case .string, .multilineString:
            if byte == UInt8(ascii: "\\") { return keep(2) }
            if state == .multilineString, isTripleQuote { state = .code; return keep(3) }
            if state == .string, byte == quote || byte == UInt8(ascii: "\n") { state = .code }
            keep(1)
        }
    }

    private var isTripleQuote: Bool {
        index + 2 < bytes.count && bytes[index..<index + 3].allSatisfy { $0 == UInt8(ascii: "\"") }
    }

    private mutating func keep(_ count: Int) {
        for byte in bytes[index..<min(index + count, bytes.count)] { output.append(byte) }
        index += count
    }

    private mutating func hide(_ count: Int) {
        for byte in bytes[index..<min(index + count, bytes.count)] { output.append(byte == UInt8(ascii: "\n") ? byte : 0x20) }
        index += count
    }
}
