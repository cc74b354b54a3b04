/// The parts of a request line (RFC 9112 section 3).
struct RequestLine {
    var method: Method
    var methodRange: ByteRange
    var version: HTTPVersion
    var target: ByteRange
    /// The target's part from the path on; the asterisk itself for `*`.
    var path: ByteRange
    /// The authority of an absolute-form target, not validated yet; empty for the other forms.
    var authority: ByteRange

    /// Reads the bytes of `start..<end`, which hold no control byte but tab.
    init(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(RequestError) {
        var index = start
        var packed: UInt64 = 0
        while index < end, ASCII.isToken(bytes[index]) {
            packed = packed &<< 8 | UInt64(bytes[index])
            index &+= 1
        }
        guard index > start, index < end, bytes[index] == 0x20 else { throw .malformedRequestLine }
        methodRange = ByteRange(start: start, count: index &- start)
        method = index &- start <= 7 ? Method(packed: packed) : .unknown
        if method == .trace || method == .connect { throw .methodNotAllowed }

        let targetStart = index &+ 1
        let targetEnd = try RequestLine.endOfTarget(bytes, from: targetStart, to: end)
        guard targetEnd > targetStart, targetEnd < end else { throw .malformedRequestLine }
        target = ByteRange(start: targetStart, count: targetEnd &- targetStart)
        version = try RequestLine.version(bytes, from: targetEnd &+ 1, to: end)

        authority = .empty
        if bytes[targetStart] == 0x2f {
            path = target
        } else if bytes[targetStart] == 0x2a {
            guard target.count == 1, method == .options else { throw .invalidTarget }
            path = target
        } else {
            (authority, path) = try RequestLine.absoluteForm(bytes, target)
        }
    }

    /// The offset of the space after the target. Every byte before it may stand in a URI without a fragment, and
    /// every percent sign starts a triplet.
    @inline(__always)
    private static func endOfTarget(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(RequestError) -> Int {
        var index = start
        var inQuery = false
        while index < end {
            let byte = bytes[index]
            if byte == 0x20 { break }
            // One bit per byte value, below 64 and from 64: unreserved, sub-delims and / : @ ? % (RFC 3986).
            let mask: UInt64 = byte < 64 ? 0xafff_fff2_0000_0000 : 0x47ff_fffe_87ff_ffff
            if byte < 128 && (mask &>> UInt64(byte & 63)) & 1 == 1 {
                if byte == 0x3f { inQuery = true }
                if byte == 0x25 {
                    guard index &+ 2 < end, ASCII.hexadecimalValue(bytes[index &+ 1]) != nil,
                        ASCII.hexadecimalValue(bytes[index &+ 2]) != nil
                    else { throw .invalidTarget }
                    index &+= 2
                }
            } else {
                // Browsers and curl send the brackets of `filter[name]=...` as they are; in a query they are
                // harmless, and refusing them would refuse every one of those clients.
                guard inQuery, byte == 0x5b || byte == 0x5d else { throw .invalidTarget }
            }
            index &+= 1
        }
        return index
    }

    private static func version(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(RequestError) -> HTTPVersion {
        guard end &- start == 8 else { throw .malformedRequestLine }
        switch HTTPVersion.read(bytes, at: start) {
        case .known(let version): return version
        case .unknown: throw .unsupportedVersion
        case .malformed: throw .malformedRequestLine
        }
    }

    /// Splits `http://authority/path?query` (RFC 9112 section 3.2.2). An empty path is refused: there is no
    /// origin-form part to route by.
    @inline(never)
    private static func absoluteForm(
        _ bytes: Span<UInt8>, _ target: ByteRange
    ) throws(RequestError) -> (authority: ByteRange, path: ByteRange) {
        var first = target.start
        if target.count > 8, bytes.extracting(first..<first + 8).equalsIgnoringCase("https://") {
            first += 8
        } else if target.count > 7, bytes.extracting(first..<first + 7).equalsIgnoringCase("http://") {
            first += 7
        } else {
            throw .invalidTarget
        }
        var slash = first
        while slash < target.end, bytes[slash] != 0x2f, bytes[slash] != 0x3f { slash += 1 }
        guard slash > first, slash < target.end, bytes[slash] == 0x2f else { throw .invalidTarget }
        return (ByteRange(start: first, count: slash - first), ByteRange(start: slash, count: target.end - slash))
    }
}

extension Method {
    /// Reads a token of up to seven bytes that were shifted together, first byte highest.
    init(packed: UInt64) {
        self =
            switch packed {
            case 0x47_4554: .get
            case 0x4845_4144: .head
            case 0x504f_5354: .post
            case 0x50_5554: .put
            case 0x50_4154_4348: .patch
            case 0x4445_4c45_5445: .delete
            case 0x4f_5054_494f_4e53: .options
            case 0x54_5241_4345: .trace
            case 0x43_4f4e_4e45_4354: .connect
            default: .unknown
            }
    }

    /// Reads a method token.
    package init(_ token: Span<UInt8>) {
        var packed: UInt64 = 0
        guard token.count <= 7 else {
            self = .unknown
            return
        }
        for index in 0..<token.count { packed = packed << 8 | UInt64(token[index]) }
        self.init(packed: packed)
    }
}

extension HTTPVersion {
    enum Reading {
        case known(HTTPVersion)
        /// `HTTP/`, a digit, a dot and a digit, but another version.
        case unknown
        case malformed
    }

    /// Reads eight bytes (RFC 9112 section 2.3); the caller made sure that they are there.
    @inline(__always)
    static func read(_ bytes: Span<UInt8>, at start: Int) -> Reading {
        // Safe: every bit pattern is an integer; the load itself checks its bounds.
        let word = unsafe UInt64(
            littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
        // "HTTP/1.1" and "HTTP/1.0", first byte lowest.
        if word == 0x312e_312f_5054_5448 { return .known(.http11) }
        if word == 0x302e_312f_5054_5448 { return .known(.http10) }
        guard word & 0x00ff_00ff_ffff_ffff == 0x002e_002f_5054_5448, ASCII.isDigit(bytes[start &+ 5]),
            ASCII.isDigit(bytes[start &+ 7])
        else { return .malformed }
        return .unknown
    }
}
