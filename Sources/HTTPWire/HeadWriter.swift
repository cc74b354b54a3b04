/// Writers of heads and chunks. Each appends whole or not at all, and says false when it does not fit, or when a
/// part holds a byte that could end the line: nothing that goes through here can inject a field.
extension ByteBuffer {
    /// `HTTP/1.1 200 OK` and the line end; a status without a known phrase gets an empty one. Status is 100 to 999.
    @discardableResult
    package func appendStatusLine(_ status: UInt16) -> Bool {
        let phrase = reasonPhrase(status)
        guard status >= 100, status <= 999, room >= 15 + phrase.utf8CodeUnitCount else { return false }
        append("HTTP/1.1 ")
        append(decimal: UInt64(status))
        append(" ")
        append(phrase)
        return append("\r\n")
    }

    /// `GET /path HTTP/1.1` and the line end. The method must be a token, the target printable ASCII.
    @discardableResult
    package func appendRequestLine(method: Span<UInt8>, target: Span<UInt8>) -> Bool {
        guard room >= method.count + target.count + 12, !method.isEmpty, !target.isEmpty else { return false }
        for index in 0..<method.count {
            guard ASCII.isToken(method[index]) else { return false }
        }
        for index in 0..<target.count {
            guard target[index] &- 0x21 < 0x5e else { return false }
        }
        append(method)
        append(" ")
        append(target)
        return append(" HTTP/1.1\r\n")
    }

    /// As above for a method whose name is known; false for `.unknown`.
    @discardableResult
    package func appendRequestLine(method: Method, target: Span<UInt8>) -> Bool {
        guard method != .unknown, room >= method.name.utf8CodeUnitCount + target.count + 12, !target.isEmpty else {
            return false
        }
        for index in 0..<target.count {
            guard target[index] &- 0x21 < 0x5e else { return false }
        }
        append(method.name)
        append(" ")
        append(target)
        return append(" HTTP/1.1\r\n")
    }

    /// `Name: value` and the line end.
    @discardableResult
    package func appendField(_ name: StaticString, _ value: Span<UInt8>) -> Bool {
        guard room >= name.utf8CodeUnitCount + value.count + 4,
            HeadLines.firstControl(in: value, from: 0, to: value.count) == value.count
        else { return false }
        append(name)
        append(": ")
        append(value)
        return append("\r\n")
    }

    /// `Name: value` and the line end, both known to the compiler.
    @discardableResult
    package func appendField(_ name: StaticString, _ value: StaticString) -> Bool {
        guard room >= name.utf8CodeUnitCount + value.utf8CodeUnitCount + 4 else { return false }
        append(name)
        append(": ")
        append(value)
        return append("\r\n")
    }

    /// `Name: 42` and the line end.
    @discardableResult
    package func appendField(_ name: StaticString, decimal value: UInt64) -> Bool {
        // No number has more than 20 digits.
        guard room >= name.utf8CodeUnitCount + 24 else { return false }
        append(name)
        append(": ")
        append(decimal: value)
        return append("\r\n")
    }

    /// A parsed field under its own name; `bytes` are what its head was parsed from, so both parts were checked.
    @discardableResult
    package func appendField(_ field: HeadField, of bytes: Span<UInt8>) -> Bool {
        guard room >= field.name.count + field.value.count + 4 else { return false }
        if field.value.start == field.name.end &+ 2, bytes[field.name.end &+ 1] == 0x20 {
            // One copy where the line already has the form that this writer gives it.
            append(bytes.extracting(field.name.start..<field.value.end))
        } else {
            append(bytes[field.name])
            append(": ")
            append(bytes[field.value])
        }
        return append("\r\n")
    }

    /// The empty line that ends a head.
    @discardableResult
    package func appendHeadEnd() -> Bool {
        append("\r\n")
    }

    /// `Date: ...` for `seconds` since the Unix epoch.
    @discardableResult
    package func appendDateField(_ seconds: Int64) -> Bool {
        let date = HTTPDate.imfFixdate(seconds)
        return appendField("Date", date.span)
    }

    /// The size line of a chunk of `count` bytes. False also for zero, which would end the body.
    @discardableResult
    package func appendChunkHead(_ count: Int) -> Bool {
        guard count > 0, room >= 18 else { return false }
        append(hexadecimal: UInt64(count))
        return append("\r\n")
    }

    /// The line end after a chunk's bytes.
    @discardableResult
    package func appendChunkEnd() -> Bool {
        append("\r\n")
    }

    /// The last chunk and the empty trailer section.
    @discardableResult
    package func appendLastChunk() -> Bool {
        append("0\r\n\r\n")
    }
}
