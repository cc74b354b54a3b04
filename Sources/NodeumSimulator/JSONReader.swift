/// Why a body is not the JSON that its Content-Type promises.
enum JSONReadError: Error {
    case malformed
    case tooDeep
}

/// Reads JSON as Ruby's parser does: of equal names the last wins, comments are skipped, `\q` is `q`.
struct JSONReader {
    private static let depthLimit = 100

    private let bytes: [UInt8]
    private var position = 0

    static func read(_ bytes: [UInt8]) throws(JSONReadError) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        try reader.skipSpace()
        let value = try reader.value(depth: 0)
        try reader.skipSpace()
        guard reader.position == bytes.count else { throw .malformed }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }
    private func peek(_ offset: Int) -> UInt8? { position + offset < bytes.count ? bytes[position + offset] : nil }

    private mutating func skipSpace() throws(JSONReadError) {
        while let byte = current {
            if byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
                position += 1
            } else if byte == UInt8(ascii: "/") {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(JSONReadError) {
        let second = peek(1)
        position += 2
        if second == UInt8(ascii: "/") {
            while let byte = current, byte != 0x0a { position += 1 }
        } else if second == UInt8(ascii: "*") {
            while !(current == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                guard current != nil else { throw .malformed }
                position += 1
            }
            position += 2
        } else {
            throw .malformed
        }
    }

    private mutating func value(depth: Int) throws(JSONReadError) -> JSONValue {
        guard depth <= Self.depthLimit else { throw .tooDeep }
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(JSONReadError) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw .malformed }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(JSONReadError) -> JSONValue {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        let integer = try digits()
        guard integer == 1 || bytes[position - integer] != 0x30 else { throw .malformed }
        if current == UInt8(ascii: ".") {
            position += 1
            _ = try digits()
        }
        if current?.lowercased == UInt8(ascii: "e") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            _ = try digits()
        }
        return .number(bytes[start..<position].asText)
    }

    private mutating func digits() throws(JSONReadError) -> Int {
        let start = position
        while current?.isDigit == true { position += 1 }
        guard position > start else { throw .malformed }
        return position - start
    }

    private mutating func array(depth: Int) throws(JSONReadError) -> JSONValue {
        var values: [JSONValue] = []
        position += 1
        try skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(values)
        }
        while true {
            try skipSpace()
            values.append(try value(depth: depth + 1))
            try skipSpace()
            guard let byte = current, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else { throw .malformed }
            position += 1
            if byte == UInt8(ascii: "]") { return .array(values) }
        }
    }

    private mutating func object(depth: Int) throws(JSONReadError) -> JSONValue {
        var members: [JSONMember] = []
        var places: [[UInt8]: Int] = [:]
        position += 1
        try skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            try skipSpace()
            guard current == UInt8(ascii: "\"") else { throw .malformed }
            let name = try string()
            try skipSpace()
            guard current == UInt8(ascii: ":") else { throw .malformed }
            position += 1
            try skipSpace()
            let value = try value(depth: depth + 1)
            if let place = places[Array(name.utf8)] {
                members[place].value = value
            } else {
                places[Array(name.utf8)] = members.count
                members.append(JSONMember(name, value))
            }
            try skipSpace()
            guard let byte = current, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else { throw .malformed }
            position += 1
            if byte == UInt8(ascii: "}") { return .object(members) }
        }
    }

    private mutating func string() throws(JSONReadError) -> String {
        var out: [UInt8] = []
        position += 1
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return out.asText
            case UInt8(ascii: "\\"): try escape(into: &out)
            case 0..<0x20: throw .malformed
            default: out.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONReadError) {
        guard let byte = current else { throw .malformed }
        position += 1
        switch byte {
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try codeUnit()
            if (0xd800..<0xdc00).contains(unit), current == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
                let before = position
                position += 2
                let low = try codeUnit()
                if (0xdc00..<0xe000).contains(low) {
                    unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
                } else {
                    position = before
                }
            }
            out += UTF8.encode(Unicode.Scalar(unit) ?? "\u{fffd}") ?? UTF8.encodedReplacementCharacter
        default: out.append(byte)
        }
    }

    private mutating func codeUnit() throws(JSONReadError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = current?.hexDigit else { throw .malformed }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
