/// What the fields of one head say about connection, framing and identity, gathered line by line and judged once
/// the head is complete.
struct HeadFacts {
    var hostCount = 0
    var host = ByteRange.empty
    var lengthCount = 0
    var length = ByteRange.empty
    var codingCount = 0
    var coding = ByteRange.empty
    var connectionCount = 0
    var expectCount = 0
    var expect = ByteRange.empty
    var authorizationCount = 0
    var authorization = ByteRange.empty
    var typeCount = 0
    var type = ByteRange.empty
    var encodingCount = 0
    var encoding = ByteRange.empty

    @inline(__always)
    mutating func note(_ field: HeadField) {
        switch field.id {
        case .host: HeadFacts.keepFirst(field, &hostCount, &host)
        case .contentLength: HeadFacts.keepFirst(field, &lengthCount, &length)
        case .transferEncoding: HeadFacts.keepFirst(field, &codingCount, &coding)
        case .connection: connectionCount &+= 1
        case .expect: HeadFacts.keepFirst(field, &expectCount, &expect)
        case .authorization: HeadFacts.keepFirst(field, &authorizationCount, &authorization)
        case .contentType: HeadFacts.keepFirst(field, &typeCount, &type)
        case .contentEncoding: HeadFacts.keepFirst(field, &encodingCount, &encoding)
        default: break
        }
    }

    @inline(__always)
    private static func keepFirst(_ field: HeadField, _ count: inout Int, _ value: inout ByteRange) {
        if count == 0 { value = field.value }
        count &+= 1
    }

    /// The framing that the fields announce; nil when they announce none (RFC 9112 section 6).
    func framing(in bytes: Span<UInt8>, version: HTTPVersion) throws(HeadFault) -> BodyFraming? {
        if codingCount == 0 && lengthCount == 0 { return nil }
        if codingCount > 0 {
            // An HTTP/1.0 peer that forwards it without knowing it would frame the message differently.
            guard version == .http11 else { throw .transferEncodingInHTTP10 }
            // RFC 9112 section 6.1: both present may be smuggling; refuse, never pick one.
            guard lengthCount == 0 else { throw .ambiguousFraming }
            guard codingCount == 1, bytes[coding].equalsIgnoringCase("chunked") else {
                throw .unsupportedTransferEncoding
            }
            return .chunked
        }
        guard lengthCount == 1 else { throw .repeatedContentLength }
        return .length(try HeadFacts.contentLength(bytes[length]))
    }

    /// One or more digits and nothing else, at most 19 of them and below 2^63.
    static func contentLength(_ digits: Span<UInt8>) throws(HeadFault) -> UInt64 {
        guard !digits.isEmpty, digits.count <= 19 else { throw .invalidContentLength }
        var value: UInt64 = 0
        for index in 0..<digits.count {
            guard ASCII.isDigit(digits[index]) else { throw .invalidContentLength }
            // 19 digits stay below 10^19, which 64 bits hold.
            value = value &* 10 &+ UInt64(digits[index] &- 0x30)
        }
        guard value <= UInt64(Int64.max) else { throw .invalidContentLength }
        return value
    }
}
