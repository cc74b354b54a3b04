/// The known field names in a flat open-addressing table: one multiplication and usually one comparison a name.
struct FieldNameTable: Sendable {
    static let known = FieldNameTable()

    private struct Slot {
        var name = FoldedName()
        var id = FieldID.other
    }

    private static let bits: UInt64 = 9
    private let slots: [Slot]

    private init() {
        var slots = [Slot](repeating: Slot(), count: 1 << Int(Self.bits))
        for id in FieldID.allCases {
            guard let text = id.name else { continue }
            var bytes: [UInt8] = []
            text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
            let name = FoldedName(bytes.span)
            var index = Int(truncatingIfNeeded: name.hash >> (64 - Self.bits))
            while slots[index].name.count != 0 { index = (index + 1) & (slots.count - 1) }
            slots[index] = Slot(name: name, id: id)
        }
        self.slots = slots
    }

    /// Nil for a name that is not in the table.
    @inline(__always)
    func find(_ name: FoldedName) -> FieldID? {
        var index = Int(truncatingIfNeeded: name.hash &>> (64 &- Self.bits))
        // The table is at most a quarter full, so an empty slot ends the search soon.
        while slots[index].name.count != 0 {
            if slots[index].name == name { return slots[index].id }
            index = (index &+ 1) & (slots.count &- 1)
        }
        return nil
    }
}

extension FieldID {
    /// Identifies a field name; `.other` for what is not a token.
    package init(_ name: Span<UInt8>) {
        self = .other
        guard !name.isEmpty else { return }
        for index in 0..<name.count {
            guard ASCII.isToken(name[index]) else { return }
        }
        let folded = FoldedName(name)
        self = FieldNameTable.known.find(folded) ?? FieldID(unlisted: folded)
    }

    /// The id of a token that is not in the table.
    @inline(never)
    init(unlisted name: FoldedName) {
        if name.isXForwarded {
            self = .xForwardedOther
        } else if name.isContent {
            self = .contentOther
        } else if let spelled = name.withHyphens, spelled.isXForwarded || FieldNameTable.known.find(spelled) != nil {
            self = .forwardingAlias
        } else {
            self = .other
        }
    }
}
