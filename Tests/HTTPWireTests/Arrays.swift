import HTTPWire

// A span cannot stand inside an expectation, so these take arrays and text.

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func contents(_ buffer: ByteBuffer) -> [UInt8] {
    let span = buffer.span
    return (0..<span.count).map { span[$0] }
}

func text(_ buffer: ByteBuffer) -> String { String(decoding: contents(buffer), as: UTF8.self) }

extension [UInt8] {
    subscript(part: ByteRange) -> String { String(decoding: self[part.range], as: UTF8.self) }
}

extension FieldID {
    init(_ name: String) { self.init(bytes(name).span) }
}

extension Method {
    init(_ name: String) { self.init(bytes(name).span) }
}

extension Authority {
    init?(_ text: String) { self.init(bytes(text).span) }
}

extension RequestParser {
    mutating func parse(_ bytes: [UInt8], into head: RequestHead) throws(RequestError) -> Int? {
        try parse(bytes.span, into: head)
    }

    mutating func parse(_ buffer: ByteBuffer, into head: RequestHead) throws(RequestError) -> Int? {
        try parse(buffer.span, into: head)
    }
}

extension ResponseParser {
    mutating func parse(
        _ bytes: [UInt8], answering method: Method, into head: ResponseHead
    ) throws(ResponseError) -> Int? {
        try parse(bytes.span, answering: method, into: head)
    }
}

extension BodyDecoder {
    mutating func next(_ text: String) throws(BodyError) -> BodyStep { try next(bytes(text).span) }
}

extension ByteBuffer {
    func appendRequestLine(method: String, target: String) -> Bool {
        appendRequestLine(method: bytes(method).span, target: bytes(target).span)
    }

    func appendRequestLine(method: ArraySlice<UInt8>, target: ArraySlice<UInt8>) -> Bool {
        appendRequestLine(method: method.span, target: target.span)
    }

    func appendRequestLine(method: Method, target: String) -> Bool {
        appendRequestLine(method: method, target: bytes(target).span)
    }

    func appendField(_ name: StaticString, value: String) -> Bool { appendField(name, bytes(value).span) }

    func appendField(_ field: HeadField, of message: [UInt8]) -> Bool { appendField(field, of: message.span) }
}

/// Compare as the gateway does.
func equal(_ left: String, ignoringCase right: StaticString) -> Bool { bytes(left).span.equalsIgnoringCase(right) }
func equal(_ left: String, ignoringCase right: String) -> Bool {
    let (left, right) = (bytes(left), bytes(right))
    return left.span.equalsIgnoringCase(right.span)
}
func equal(_ left: String, _ right: StaticString) -> Bool { bytes(left).span.equals(right) }
