/// A secret that an answer shows in clear.
package struct FoundSecret: Sendable, Hashable {
    /// The rules that would have masked it.
    package let rules: RuleMask
    /// False when only the beginning of a long value is known.
    package let isWhole: Bool
    /// Its bytes are the finder's subscript.
    let range: Range<Int>
}

/// Finds the secrets of one JSON answer as it streams by to a caller who may see them, and changes nothing: for the
/// ledger of exposures.
///
/// Each `next` stops at the end of an object that holds secrets of its own. Until the next call, `foundCount`,
/// `found` and the subscript give them, and `identifier` the object's `id`, wherever in the object it stood. The caller
/// loops until its span is consumed, and calls `finish` at the end of the body. Nothing is allocated.
package struct SecretFinder {
    /// Secrets and ids of all objects that are open at once. Beyond it ids are forgotten and secrets counted.
    package static let maximumPending = 32
    /// Their bytes together.
    package static let pendingBytes = 8192

    /// Secrets that were seen but could not be kept: the ledger must say that there were more.
    package private(set) var missedCount = 0
    /// Secrets of the object that has just ended.
    package private(set) var foundCount = 0

    /// Something remembered of an object that is open, or has just ended.
    private struct Item {
        var depth = 0
        /// Empty: the object's id.
        var rules: RuleMask = []
        var isWhole = true
        var range = 0..<0
    }

    private var names: WatchedNames
    private var scanner: JSONScanner
    private var isHolding = false
    private var heldRules: RuleMask = []
    private var held = HeldValue()
    /// A stack: what an inner object adds goes before an outer one ends.
    private var items: InlineArray<32, Item> = .init(repeating: Item())
    private var count = 0
    private var bytes: InlineArray<8192, UInt8> = .init(repeating: 0)
    private var byteCount = 0
    /// Bytes that have held something.
    private var usedBytes = 0
    /// The items of the object that has just ended are those from here on.
    private var firstFound = 0

    /// - Parameter revealed: the rules that the caller's scopes release for this answer.
    package init(_ names: WatchedNames, revealed: RuleMask, limits: RedactionLimits) {
        self.names = names
        scanner = Self.scanner(names, revealed, limits)
    }

    /// Begins with another answer. The storage is large: who reads many answers keeps one finder.
    package mutating func begin(_ names: WatchedNames, revealed: RuleMask, limits: RedactionLimits) {
        forget()
        self.names = names
        scanner = Self.scanner(names, revealed, limits)
        missedCount = 0
    }

    private static func scanner(_ names: WatchedNames, _ revealed: RuleMask, _ limits: RedactionLimits) -> JSONScanner {
        var scanner = JSONScanner(
            rules: names.rules, active: names.protecting(revealed).union(names.identifying), limits: limits)
        scanner.stopsAtObjectEnds = true
        return scanner
    }

    /// Overwrites every secret that is remembered.
    package mutating func forget() {
        for index in 0..<usedBytes { bytes[index] = 0 }
        usedBytes = 0
        held.forget()
        isHolding = false
        foundCount = 0
        firstFound = 0
        count = 0
        byteCount = 0
    }

    /// Reads on in `bytes`, which continue the body where the last call stopped; returns how many bytes are done with
    /// (none of them held back: the caller may have passed them on already).
    package mutating func next(_ bytes: Span<UInt8>) throws(RedactionError) -> Int {
        forgetFound()
        var index = 0
        while true {
            switch try scanner.scan(bytes, from: index) {
            case .valueStart(let start, let rules):
                isHolding = true
                heldRules = rules
                held.removeAll()
                index = start
            case .valueEnd(let end):
                held.append(bytes, index..<end)
                index = end
                isHolding = false
                keep(depth: scanner.containers.depth)
            case .objectEnd(let end):
                index = end
                endObject(depth: scanner.containers.depth + 1)
                if foundCount > 0 { return advance(by: end) }
            case .spanEnd:
                if isHolding { held.append(bytes, index..<bytes.count) }
                return advance(by: bytes.count)
            }
        }
    }

    /// A secret has begun, or stands in an object that has not ended: its bytes may have passed, and it was not found
    /// yet.
    package var isUnsettled: Bool {
        if isHolding, !names.protecting(heldRules).isEmpty { return true }
        for index in 0..<(foundCount > 0 ? firstFound : count) where !items[index].rules.isEmpty { return true }
        return false
    }

    private mutating func advance(by count: Int) -> Int {
        scanner.advance(by: count)
        return count
    }

    /// The body has ended: throws unless it was exactly one whole JSON value.
    package mutating func finish() throws(RedactionError) { try scanner.finish() }

    /// Secret `index` of `foundCount`.
    package func found(_ index: Int) -> FoundSecret {
        let item = items[place(ofSecret: index)]
        return FoundSecret(rules: item.rules, isWhole: item.isWhole, range: item.range)
    }

    /// The text of a secret, unescaped; of a value that is no string, its JSON.
    package subscript(secret: FoundSecret) -> Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(secret.range) }
    }

    /// The `id` of the object that holds the secrets; empty if it has none. Of several the last, as readers have it.
    package var identifier: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            var range = 0..<0
            for index in firstFound..<count where items[index].rules.isEmpty { range = items[index].range }
            return bytes.span.extracting(range)
        }
    }

    private func place(ofSecret wanted: Int) -> Int {
        var left = wanted
        for index in firstFound..<count where !items[index].rules.isEmpty {
            if left == 0 { return index }
            left -= 1
        }
        preconditionFailure("no secret \(wanted) among \(foundCount)")
    }

    /// The object at `depth` has ended: its items are what has been found.
    private mutating func endObject(depth: Int) {
        firstFound = count
        while firstFound > 0 && items[firstFound - 1].depth >= depth { firstFound -= 1 }
        foundCount = 0
        for index in firstFound..<count where !items[index].rules.isEmpty { foundCount += 1 }
        if foundCount == 0 { dropItems(from: firstFound) }
    }

    private mutating func forgetFound() {
        guard foundCount > 0 else { return }
        foundCount = 0
        dropItems(from: firstFound)
    }

    private mutating func dropItems(from first: Int) {
        guard first < count else { return }
        byteCount = items[first].range.lowerBound
        count = first
    }

    /// A watched value of the object at `depth` has ended.
    private mutating func keep(depth: Int) {
        let rules = names.protecting(heldRules)
        guard held.count > 0 else { return }
        let isText = held.span[0] == .quote
        if rules.isEmpty {
            if !held.isOver && (isText || held.span[0].isDigit || held.span[0] == .minus) {
                push(Item(depth: depth), isText: isText)
            }
        } else if isSecret(rules, isText: isText) {
            push(Item(depth: depth, rules: rules, isWhole: !held.isOver), isText: isText)
        }
    }

    /// Null, an empty string, and what is masked already are none; options and URLs only with a credential in them.
    private func isSecret(_ rules: RuleMask, isText: Bool) -> Bool {
        guard !held.isOver else { return true }
        if held.span[0] == .lowerN || held.count == 2 && isText { return false }
        if isText {
            let isMasked = UnescapedText.read(held.span, 1..<held.count - 1) { text in
                text.count == HeldValue.mask.count && text.containsMask || LastFour.isShown(text)
            }
            if isMasked { return false }
        }
        let treatment = names.rules.treatment(of: rules)
        switch treatment {
        case .mask, .lastFour: return true
        case .credentialsInURL, .credentialPairs:
            var masked = HeldValue()
            switch ValueMasking.mask(held.span, by: treatment, into: &masked) {
            case .unchanged: return false
            case .partly, .whole: return true
            }
        }
    }

    private mutating func push(_ item: Item, isText: Bool) {
        let end = isText && !held.isOver ? held.count - 1 : held.count
        let value = held
        guard isText else { return push(item, value.span) }
        UnescapedText.read(value.span, 1..<end) { text in
            guard reserve(item, text.count) else { return }
            for index in 0..<text.count { bytes[byteCount + index] = text[index] }
            keep(item, text.count)
        }
    }

    private mutating func push(_ item: Item, _ value: Span<UInt8>) {
        guard reserve(item, value.count) else { return }
        for index in 0..<value.count { bytes[byteCount + index] = value[index] }
        keep(item, value.count)
    }

    /// False, and counted as missed, when there is no room for it.
    private mutating func reserve(_ item: Item, _ size: Int) -> Bool {
        let hasRoom = count < Self.maximumPending && byteCount + size <= Self.pendingBytes
        if !hasRoom, !item.rules.isEmpty { missedCount += 1 }
        return hasRoom
    }

    private mutating func keep(_ item: Item, _ size: Int) {
        items[count] = item
        items[count].range = byteCount..<byteCount + size
        count += 1
        byteCount += size
        usedBytes = max(usedBytes, byteCount)
    }
}
