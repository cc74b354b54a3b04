import HTTPWire

/// One query parameter of a canonical target, as offsets into its canonical bytes.
package struct QueryParameter: Sendable {
    package var name = ByteRange.empty
    package var value = ByteRange.empty
    /// `name=`, as against `name` alone: the appliance reads "" and null.
    package var hasValue = false
}

/// What a framework makes of a parameter's name: the part before any bracket, as Rack reads it
/// (`\A[\[\]]*([^\[\]]+)`).
struct ParameterBaseName {
    /// No name that matters is longer.
    private static let capacity = 16
    private var bytes = InlineArray<16, UInt8>(repeating: 0)
    private(set) var count = 0
    private var isOver = false

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if isOver { return }
        if byte == 0x5B || byte == 0x5D {
            isOver = count > 0
            return
        }
        // Blanks before a name are dropped by some parsers.
        if byte == 0x20 && count == 0 { return }
        if count < ParameterBaseName.capacity { bytes[count] = byte }
        count &+= 1
    }

    /// Names that change what the appliance runs, how it answers, or who it takes the client for.
    var refusal: TargetRefusal? {
        guard count >= 6, count <= ParameterBaseName.capacity else { return nil }
        let name = bytes.span.extracting(0..<count)
        if name.equalsIgnoringCase("format") { return .formatParameter }
        if name.equalsIgnoringCase("_method") { return .methodParameter }
        let isCredential = name.equalsIgnoringCase("api_key") || name.equalsIgnoringCase("apikey")
            || name.equalsIgnoringCase("access_token") || name.equalsIgnoringCase("auth_token")
            || name.equalsIgnoringCase("authorization") || name.equalsIgnoringCase("bearer_token")
        return isCredential ? .credentialParameter : nil
    }
}

/// Reads a query into its canonical form: split on `&` alone, names and values decoded once and encoded again,
/// `+` read as a space (as the appliance does), empty parameters dropped.
enum QueryReader {
    /// Reads one parameter up to the next `&` or `limit`.
    ///
    /// - Returns: nil when there is nothing between the separators.
    @_lifetime(writer: copy writer)
    static func readParameter(
        _ bytes: borrowing Span<UInt8>, from position: inout Int, limit: Int, into writer: inout TargetWriter
    ) throws(TargetRefusal) -> QueryParameter? {
        var parameter = QueryParameter()
        var base = ParameterBaseName()
        var text = UTF8Check()
        var start = writer.count
        while position < limit {
            let byte = bytes[position]
            if byte == 0x26 { break }
            if byte == 0x3D && !parameter.hasValue {
                guard text.isComplete else { throw .invalidUTF8 }
                parameter.name = ByteRange(start: start, count: writer.count &- start)
                parameter.hasValue = true
                try writer.append(byte)
                start = writer.count
                position &+= 1
                continue
            }
            let decoded = try decode(bytes, byte, from: &position, limit: limit)
            guard text.accept(decoded) else { throw .invalidUTF8 }
            if !parameter.hasValue { base.append(decoded) }
            if TargetBytes.isPlain(decoded) || decoded == 0x2E {
                try writer.append(decoded)
            } else {
                try writer.appendEscape(decoded)
            }
        }
        guard text.isComplete else { throw .invalidUTF8 }
        let rest = ByteRange(start: start, count: writer.count &- start)
        if parameter.hasValue {
            parameter.value = rest
        } else {
            parameter.name = rest
            if rest.isEmpty { return nil }
        }
        guard base.count > 0 else { throw .namelessParameter }
        if let refusal = base.refusal { throw refusal }
        return parameter
    }

    @inline(__always)
    private static func decode(
        _ bytes: borrowing Span<UInt8>, _ byte: UInt8, from position: inout Int, limit: Int
    ) throws(TargetRefusal) -> UInt8 {
        if TargetBytes.isPlain(byte) {
            position &+= 1
            return byte
        }
        if byte == 0x2B {
            position &+= 1
            return 0x20
        }
        guard byte == 0x25 else {
            try PathReader.refuseRaw(byte)
            position &+= 1
            return byte
        }
        guard let value = TargetBytes.escaped(bytes, at: position, limit: limit) else { throw .invalidEscape }
        if TargetBytes.isControl(value) { throw .encodedControl }
        position &+= 3
        return value
    }
}
