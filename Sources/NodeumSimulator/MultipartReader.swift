/// The parts of a multipart body as parameters. Tolerant: what is whole counts, even when the end is missing.
enum MultipartReader {
    private static let blankLine = Array("\r\n\r\n".utf8)

    /// The boundary of a Content-Type, when it is multipart and has one.
    static func boundary(of contentType: [UInt8]) -> [UInt8]? {
        let lowered = contentType.map(\.lowercased)
        let marker = Array("boundary=".utf8)
        guard lowered.starts(with: "multipart/".utf8), let at = lowered.place(of: marker) else { return nil }
        var rest = contentType[at.upperBound...]
        if rest.first == UInt8(ascii: "\"") { rest = rest.dropFirst() }
        let boundary = Array(rest.prefix { !#"";,"#.utf8.contains($0) }.trimmed)
        return boundary.isEmpty ? nil : boundary
    }

    static func read(_ body: [UInt8], boundary: [UInt8]) throws(ParameterError) -> RackParameters {
        var parameters = RackParameters()
        let delimiter = Array("--".utf8) + boundary
        guard var part = body.place(of: delimiter)?.upperBound else { return parameters }
        while let end = body[part...].place(of: Array("\r\n".utf8) + delimiter) {
            let bytes = Array(body[part..<end.lowerBound])
            part = end.upperBound
            guard let blank = bytes.place(of: blankLine) else { continue }
            try add(head: Array(bytes[..<blank.lowerBound]), content: Array(bytes[blank.upperBound...]), to: &parameters)
        }
        return parameters
    }

    private static func add(
        head: [UInt8], content: [UInt8], to parameters: inout RackParameters
    ) throws(ParameterError) {
        var name: [UInt8]?
        var filename: [UInt8]?
        var type: [UInt8]?
        var id: [UInt8]?
        for line in head.split(separator: 0x0a) {
            let field = line.trimmed
            guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = Array(field[(colon + 1)...].trimmed)
            switch field[..<colon].asText.asciiLowercased {
            case "content-disposition":
                name = parameter("name", of: value)
                filename = parameter("filename", of: value)
            case "content-type": type = value
            case "content-id": id = value
            default: break
            }
        }
        var key = name ?? id ?? []
        if key.isEmpty { key = filename ?? (type ?? Array("text/plain".utf8)) + Array("[]".utf8) }
        if let filename {
            try parameters.add(key, .object([
                JSONMember("filename", .string(filename.asText)), JSONMember("size", .int(content.count)),
            ]))
        } else {
            try parameters.add(key, content)
        }
    }

    /// `name` of `form-data; name="x"`, quoted or not.
    private static func parameter(_ wanted: String, of value: [UInt8]) -> [UInt8]? {
        for piece in value.split(separator: UInt8(ascii: ";")).dropFirst() {
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")),
                piece[..<equals].trimmed.asText.asciiLowercased.isSame(as: wanted)
            else { continue }
            var text = piece[(equals + 1)...].trimmed
            guard text.first == UInt8(ascii: "\"") else { return Array(text) }
            text = text.dropFirst()
            if text.last == UInt8(ascii: "\"") { text = text.dropLast() }
            return text.filter { $0 != UInt8(ascii: "\\") }
        }
        return nil
    }
}

extension Collection<UInt8> where Index == Int {
    /// The first place where the pattern stands.
    func place(of pattern: [UInt8]) -> Range<Int>? {
        guard let first = pattern.first, count >= pattern.count else { return nil }
        var index = startIndex
        let last = endIndex - pattern.count
        while index <= last {
            guard let candidate = self[index...last].firstIndex(of: first) else { return nil }
            if self[candidate..<(candidate + pattern.count)].elementsEqual(pattern) {
                return candidate..<(candidate + pattern.count)
            }
            index = candidate + 1
        }
        return nil
    }
}
