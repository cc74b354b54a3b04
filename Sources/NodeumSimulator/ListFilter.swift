/// One filter of a list: `name=~a%`, `id=><1|2`, `region=!=paris`. Compares as SQL does: NULL matches nothing.
struct ListFilter {
    enum Comparison {
        case equal, notEqual, greater, greaterOrEqual, less, lessOrEqual, among, notAmong, like, notLike
    }

    private static let prefixes: [(text: String, comparison: Comparison)] = [
        ("!><", .notAmong), ("><", .among), ("!=", .notEqual), ("!~", .notLike), (">=", .greaterOrEqual),
        ("<=", .lessOrEqual), ("=", .equal), (">", .greater), ("<", .less), ("~", .like),
    ]

    let attribute: ConnectorAttribute
    let comparison: Comparison
    let operands: [String]

    init(_ attribute: ConnectorAttribute, _ text: String) {
        self.attribute = attribute
        let prefix = Self.prefixes.first { text.utf8.starts(with: $0.text.utf8) }
        comparison = prefix?.comparison ?? .equal
        let operand = String(decoding: text.utf8.dropFirst(prefix?.text.utf8.count ?? 0), as: UTF8.self)
        switch comparison {
        case .among, .notAmong:
            operands = operand.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        case .equal, .notEqual, .greater, .greaterOrEqual, .less, .lessOrEqual, .like, .notLike: operands = [operand]
        }
    }

    func matches(_ connector: CloudConnector) -> Bool {
        guard let value = connector[attribute], let operand = operands.first else { return false }
        return switch comparison {
        case .equal: order(value, operand) == 0
        case .notEqual: order(value, operand) != 0
        case .greater: order(value, operand) > 0
        case .greaterOrEqual: order(value, operand) >= 0
        case .less: order(value, operand) < 0
        case .lessOrEqual: order(value, operand) <= 0
        case .among: operands.contains { order(value, $0) == 0 }
        case .notAmong: !operands.contains { order(value, $0) == 0 }
        case .like: Self.like(value, operand)
        case .notLike: !Self.like(value, operand)
        }
    }

    private func order(_ left: String, _ right: String) -> Int {
        attribute == .id ? Self.order(left.leadingInteger, right.leadingInteger) : Self.order(left, right)
    }

    static func order(_ left: Int, _ right: Int) -> Int { left == right ? 0 : left < right ? -1 : 1 }

    static func order(_ left: String, _ right: String) -> Int {
        if left.isSame(as: right) { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    /// SQL's LIKE: `%` is any text, `_` one character, `\` takes the next as it is; ASCII letters match in any case.
    static func like(_ text: String, _ pattern: String) -> Bool {
        let text = Array(text.asciiLowercased.unicodeScalars)
        let pattern = Array(pattern.asciiLowercased.unicodeScalars)
        var at = 0
        var place = 0
        var retry: (at: Int, place: Int)?
        while at < text.count {
            if place < pattern.count, pattern[place] == "%" {
                retry = (at, place)
                place += 1
            } else if place < pattern.count, pattern[place] == "_" {
                at += 1
                place += 1
            } else if place + 1 < pattern.count, pattern[place] == "\\", pattern[place + 1] == text[at] {
                at += 1
                place += 2
            } else if place < pattern.count, pattern[place] != "\\", pattern[place] == text[at] {
                at += 1
                place += 1
            } else if let last = retry {
                retry = (last.at + 1, last.place)
                at = last.at + 1
                place = last.place + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "%" }
    }
}

/// One key of `sort_by`, such as `name:desc`.
struct ListOrder {
    let attribute: ConnectorAttribute
    let isDescending: Bool

    /// Keys joined by `|`, or by `,` as the vendor's SDK does; what names no column is left out.
    static func keys(_ texts: [String]) -> [ListOrder] {
        texts.flatMap { $0.split { $0 == "|" || $0 == "," } }.compactMap { key in
            let parts = key.split(separator: ":", maxSplits: 1).map(String.init)
            guard let name = parts.first, let attribute = ConnectorAttribute(named: name) else { return nil }
            return ListOrder(
                attribute: attribute, isDescending: parts.count > 1 && parts[1].asciiLowercased.isSame(as: "desc"))
        }
    }

    /// NULL comes first, as in most databases; equal rows keep the order of their ids.
    static func precedes(_ left: CloudConnector, _ right: CloudConnector, by keys: [ListOrder]) -> Bool {
        for key in keys {
            let order = key.attribute == .id
                ? ListFilter.order(left.id, right.id)
                : ListFilter.order(left[key.attribute].map { "+" + $0 } ?? "", right[key.attribute].map { "+" + $0 } ?? "")
            if order != 0 { return key.isDescending ? order > 0 : order < 0 }
        }
        return left.id < right.id
    }
}
