import HTTPWire

extension MediaKinds {
    /// The kind of body that a Content-Type value announces; empty for one that no operation takes.
    ///
    /// Strict, because Rack parses a body by its own reading of this value: exactly one type, application/json only
    /// in UTF-8, multipart/form-data with exactly one boundary, and no other parameters.
    package static func announced(by value: ByteRange, in bytes: Span<UInt8>) -> MediaKinds {
        // What Rails sends, to the letter.
        if bytes[value].equals("application/json; charset=utf-8") { return .json }
        var reader = MediaTypeReader(bytes, value)
        guard let type = reader.type() else { return [] }
        var parameters = 0
        switch type {
        case .json:
            while let parameter = reader.parameter() {
                guard parameters == 0, parameter.isUTF8Charset else { return [] }
                parameters += 1
            }
            return reader.isAtEnd ? .json : []
        case .multipart:
            while let parameter = reader.parameter() {
                guard parameters == 0, parameter.isBoundary else { return [] }
                parameters += 1
            }
            return reader.isAtEnd && parameters == 1 ? .multipart : []
        default:
            return reader.isAtEnd ? type : []
        }
    }
}

extension MediaKinds {
    /// The boundary of a value that announces multipart/form-data, without its quotes.
    package static func boundary(of value: ByteRange, in bytes: Span<UInt8>) -> ByteRange? {
        guard announced(by: value, in: bytes) == .multipart else { return nil }
        var reader = MediaTypeReader(bytes, value)
        _ = reader.type()
        return reader.parameter().map { ByteRange($0.value) }
    }
}

/// Reads `type/subtype *( OWS ";" OWS name "=" value )` (RFC 9110 section 8.3.1).
private struct MediaTypeReader: ~Escapable {
    struct Parameter {
        var isUTF8Charset = false
        var isBoundary = false
        /// Without quotes.
        var value = 0..<0
    }

    private let bytes: Span<UInt8>
    private var position: Int
    private let end: Int

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ value: ByteRange) {
        self.bytes = bytes
        position = value.start
        end = value.end
    }

    var isAtEnd: Bool { position == end }

    @_lifetime(self: copy self)
    mutating func type() -> MediaKinds? {
        let start = position
        while position < end && (isToken(bytes[position]) || bytes[position] == 0x2F) { position += 1 }
        let type = start..<position
        if spells(type, "application/json") { return .json }
        if spells(type, "multipart/form-data") { return .multipart }
        if spells(type, "application/octet-stream") { return .octetStream }
        return nil
    }

    /// The next parameter; nil at the end or at something else.
    @_lifetime(self: copy self)
    mutating func parameter() -> Parameter? {
        var next = skipBlanks(position)
        guard next < end, bytes[next] == 0x3B else { return nil }
        next = skipBlanks(next + 1)
        let nameStart = next
        while next < end && isToken(bytes[next]) { next += 1 }
        let name = nameStart..<next
        guard !name.isEmpty, next < end, bytes[next] == 0x3D else { return nil }
        next += 1
        let isQuoted = next < end && bytes[next] == 0x22
        if isQuoted { next += 1 }
        let valueStart = next
        while next < end && (isToken(bytes[next]) || (isQuoted && isBoundaryOnly(bytes[next]))) { next += 1 }
        let value = valueStart..<next
        if isQuoted {
            guard next < end, bytes[next] == 0x22 else { return nil }
            next += 1
        }
        guard !value.isEmpty else { return nil }
        position = next
        return Parameter(
            isUTF8Charset: spells(name, "charset") && spells(value, "utf-8"),
            isBoundary: spells(name, "boundary") && value.count <= 70, value: value)
    }

    private func skipBlanks(_ from: Int) -> Int {
        var index = from
        while index < end && (bytes[index] == 0x20 || bytes[index] == 0x09) { index += 1 }
        return index
    }

    /// Token characters (RFC 9110 section 5.6.2) that media types use.
    private func isToken(_ byte: UInt8) -> Bool {
        TargetBytes.isPlain(byte) || byte == 0x2E || byte == 0x2B || byte == 0x27 || byte == 0x2A || byte == 0x21
    }

    /// What a boundary may hold only between quotes (RFC 2046 section 5.1.1); no blank, no comma.
    private func isBoundaryOnly(_ byte: UInt8) -> Bool {
        byte == 0x28 || byte == 0x29 || byte == 0x2F || byte == 0x3A || byte == 0x3D || byte == 0x3F
    }

    private func spells(_ range: Range<Int>, _ word: StaticString) -> Bool {
        bytes.extracting(range).equalsIgnoringCase(word)
    }
}
