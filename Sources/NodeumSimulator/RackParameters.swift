/// Why Rack refuses parameters; Rails answers 400.
enum ParameterError: Error {
    case badEncoding
    case conflictingTypes
    case tooMany
    case tooDeep
    case badBody
}

/// Parameters as Rack nests them: `a[b]=c`, `a[]=1`, the last of equal names wins.
struct RackParameters: Sendable {
    private static let countLimit = 4096
    private static let depthLimit = 100

    private(set) var members: [JSONMember] = []
    private var count = 0

    var value: JSONValue { .object(members) }

    /// A query or a form. A query may separate with `;` too.
    init(_ text: [UInt8], separators: [UInt8]) throws(ParameterError) {
        for part in text.split(whereSeparator: separators.contains) {
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            guard let name = PercentDecoding.form(part[..<(equals ?? part.endIndex)]) else { throw .badEncoding }
            var value: [UInt8]?
            if let equals {
                value = PercentDecoding.form(part[(equals + 1)...])
                guard value != nil else { throw .badEncoding }
            }
            try add(name, value)
        }
    }

    init() {}

    mutating func add(_ name: [UInt8], _ value: [UInt8]?) throws(ParameterError) {
        if let value {
            guard let text = String(validating: value, as: UTF8.self) else { throw .badEncoding }
            try add(name, .string(text))
        } else {
            try add(name, .null)
        }
    }

    mutating func add(_ name: [UInt8], _ value: JSONValue) throws(ParameterError) {
        count += 1
        guard count <= Self.countLimit else { throw .tooMany }
        guard String(validating: name, as: UTF8.self) != nil else { throw .badEncoding }
        try Self.nest(name, value, in: &members, depth: 0)
    }

    /// Rack's `normalize_params`: a name is brackets, a key, closing brackets, and what says how to go on.
    private static func nest(
        _ name: [UInt8], _ value: JSONValue, in members: inout [JSONMember], depth: Int
    ) throws(ParameterError) {
        guard depth < depthLimit else { throw .tooDeep }
        let open = UInt8(ascii: "[")
        let close = UInt8(ascii: "]")
        let start = name.prefix { $0 == open || $0 == close }.count
        let keyEnd = name[start...].firstIndex { $0 == open || $0 == close } ?? name.count
        let key = name[start..<keyEnd].asText
        guard !key.isEmpty else { return }
        let after = Array(name[keyEnd...].drop { $0 == close })
        if after.isEmpty {
            members.set(key, value)
        } else if after == [open] {
            members.set(name.asText, value)
        } else if after.starts(with: [open, close]) {
            var values: [JSONValue] = []
            if let present = members.value(key) {
                guard case .array(let held) = present else { throw .conflictingTypes }
                values = held
            }
            let child = Array(after.dropFirst(2))
            if child.isEmpty {
                values.append(value)
            } else {
                try append(child, value, to: &values, depth: depth)
            }
            members.set(key, .array(values))
        } else {
            var inner: [JSONMember] = []
            if let present = members.value(key) {
                guard case .object(let held) = present else { throw .conflictingTypes }
                inner = held
            }
            try nest(after, value, in: &inner, depth: depth + 1)
            members.set(key, .object(inner))
        }
    }

    /// `a[][b]=1&a[][c]=2` fills one object until a key comes again.
    private static func append(
        _ child: [UInt8], _ value: JSONValue, to values: inout [JSONValue], depth: Int
    ) throws(ParameterError) {
        var fresh: [JSONMember] = []
        try nest(child, value, in: &fresh, depth: depth + 1)
        if case .object(var last)? = values.last, let name = fresh.first?.name, last.value(name) == nil {
            try nest(child, value, in: &last, depth: depth + 1)
            values[values.count - 1] = .object(last)
        } else {
            values.append(.object(fresh))
        }
    }
}

extension [JSONMember] {
    func value(_ name: String) -> JSONValue? { first { $0.name.isSame(as: name) }?.value }

    mutating func set(_ name: String, _ value: JSONValue) {
        if let index = firstIndex(where: { $0.name.isSame(as: name) }) {
            self[index].value = value
        } else {
            append(JSONMember(name, value))
        }
    }

    /// Ruby's `merge`: the other's members win.
    func merging(_ others: [JSONMember]) -> [JSONMember] {
        var merged = self
        for other in others { merged.set(other.name, other.value) }
        return merged
    }
}
