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
package struct SecretFinder: ~Copyable {
    /// Secrets and ids of all objects that are open at once. Beyond it ids are forgotten and secrets counted.
    package static let maximumPending = 32
    /// Their bytes together.
    package static let pendingBytes = 8192

    /// Secrets that were seen but could not be kept: the ledger must say that there were more.
    package var missedCount: Int { pending.missedCount }
    /// Secrets of the object that has just ended.
    package private(set) var foundCount = 0

    private var names: WatchedNames
    private var scanner: JSONScanner
    private var isHolding = false
    private var heldRules: RuleMask = []
    private var held = HeldValue()
    /// Where a value is masked only to see whether it must be.
    private var masked = HeldValue()
    private var pending = PendingSecrets()
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
    }

    private static func scanner(_ names: WatchedNames, _ revealed: RuleMask, _ limits: RedactionLimits) -> JSONScanner {
        var scanner = JSONScanner(
            rules: names.rules, active: names.protecting(revealed).union(names.identifying), limits: limits)
        scanner.stopsAtObjectEnds = true
        return scanner
    }

    /// Overwrites every secret that is remembered.
    package mutating func forget() {
        pending.forget()
        held.forget()
        masked.forget()
        isHolding = false
        foundCount = 0
        firstFound = 0
    }

    /// Reads on in `bytes`, which continue the body where the last call stopped; returns how many bytes are done with
    /// (none of them held back: the caller may have passed them on already).
    package mutating func next(_ bytes: Span<UInt8>) throws(RedactionError) -> Int {
        forgetFound()
        var index = 0
        while true {
            switch try scanner.scan(bytes, from: index) {
            case .valueStart(let start, let rules):
                heldRules = rules
                held.removeAll()
                index = start
                guard let end = scanner.stepOverString(bytes, at: start) else {
                    isHolding = true
                    continue
                }
                held.append(bytes, start..<end)
                index = end
                keep(depth: scanner.containers.depth)
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
        for index in 0..<(foundCount > 0 ? firstFound : pending.count) where !pending.items[index].rules.isEmpty { return true }
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
        let item = pending.items[place(ofSecret: index)]
        return FoundSecret(rules: item.rules, isWhole: item.isWhole, range: item.range)
    }

    /// The text of a secret, unescaped; of a value that is no string, its JSON.
    package subscript(secret: FoundSecret) -> Span<UInt8> {
        @_lifetime(borrow self)
        get { pending.bytes.span.extracting(secret.range) }
    }

    /// The `id` of the object that holds the secrets; empty if it has none. Of several the last, as readers have it.
    package var identifier: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            var range = 0..<0
            for index in firstFound..<pending.count where pending.items[index].rules.isEmpty { range = pending.items[index].range }
            return pending.bytes.span.extracting(range)
        }
    }

    private func place(ofSecret wanted: Int) -> Int {
        var left = wanted
        for index in firstFound..<pending.count where !pending.items[index].rules.isEmpty {
            if left == 0 { return index }
            left -= 1
        }
        preconditionFailure("no secret \(wanted) among \(foundCount)")
    }

    /// The object at `depth` has ended: its items are what has been found.
    private mutating func endObject(depth: Int) {
        firstFound = pending.count
        while firstFound > 0 && pending.items[firstFound - 1].depth >= depth { firstFound -= 1 }
        foundCount = 0
        for index in firstFound..<pending.count where !pending.items[index].rules.isEmpty { foundCount += 1 }
        if foundCount == 0 { pending.drop(from: firstFound) }
    }

    private mutating func forgetFound() {
        guard foundCount > 0 else { return }
        foundCount = 0
        pending.drop(from: firstFound)
    }

    /// A watched value of the object at `depth` has ended.
    private mutating func keep(depth: Int) {
        let rules = names.protecting(heldRules)
        guard held.count > 0 else { return }
        let isText = held.span[0] == .quote
        if rules.isEmpty {
            if !held.isOver && (isText || held.span[0].isDigit || held.span[0] == .minus) {
                push(PendingSecrets.Item(depth: depth), isText: isText)
            }
        } else if isSecret(rules, isText: isText) {
            push(PendingSecrets.Item(depth: depth, rules: rules, isWhole: !held.isOver), isText: isText)
        }
    }

    /// Null, an empty string, and what is masked already are none; options and URLs only with a credential in them.
    private mutating func isSecret(_ rules: RuleMask, isText: Bool) -> Bool {
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
            switch ValueMasking.mask(held.span, by: treatment, into: &masked) {
            case .unchanged: return false
            case .partly, .whole: return true
            }
        }
    }

    private mutating func push(_ item: PendingSecrets.Item, isText: Bool) {
        let value = held.span
        guard isText else { return pending.push(item, value) }
        let content = 1..<(held.isOver ? value.count : value.count - 1)
        guard UnescapedText.hasEscape(value, content) else { return pending.push(item, value.extracting(content)) }
        masked.removeAll()
        UnescapedText.decode(value, content, into: &masked)
        pending.push(item, masked.span)
    }
}
