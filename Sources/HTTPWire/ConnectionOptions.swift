/// What all Connection fields of a head say together (RFC 9110 section 7.6.1).
struct ConnectionOptions {
    private(set) var close = false
    private(set) var keepAlive = false

    /// Reads the options and marks the fields that they nominate as hop-by-hop.
    init(marking fields: inout FieldList, of bytes: Span<UInt8>, limit: Int) throws(HeadFault) {
        var count = 0
        var from = 0
        while let index = fields.firstIndex(of: .connection, from: from) {
            from = index + 1
            var elements = ListCursor(fields[index].value)
            while let element = elements.next(in: bytes) {
                count += 1
                guard count <= limit else { throw .invalidConnection }
                let option = bytes[element]
                if option.equalsIgnoringCase("close") {
                    close = true
                } else if option.equalsIgnoringCase("keep-alive") {
                    keepAlive = true
                } else {
                    try ConnectionOptions.nominate(option, in: &fields, of: bytes)
                }
            }
        }
    }

    private static func nominate(
        _ option: Span<UInt8>, in fields: inout FieldList, of bytes: Span<UInt8>
    ) throws(HeadFault) {
        for index in 0..<option.count {
            guard ASCII.isToken(option[index]) else { throw .invalidConnection }
        }
        let id = FieldID(option)
        guard !id.isProtectedFromNomination else { return }
        for index in 0..<fields.count {
            let field = fields[index]
            guard field.id == id else { continue }
            if id != .other || bytes[field.name].equalsIgnoringCase(option) {
                fields.storage[index].isHopByHop = true
            }
        }
    }

    /// The connection stays open after the message (RFC 9112 section 9.3).
    func persists(_ version: HTTPVersion) -> Bool {
        switch version {
        case .http11: !close
        case .http10: keepAlive && !close
        }
    }
}
