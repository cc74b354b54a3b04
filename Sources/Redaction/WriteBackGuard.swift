/// Keeps a client that read `[censored]` from writing it back over the secret, and watches for redirects of stored
/// secrets, in one pass over a JSON request body.
///
/// Steps as `JSONRedactor` does: hand on `pass`, then `composed` if the insertion says so, and continue after
/// `consumed`. Each member is held back until its name is known, a protected one until its value is; everything
/// else passes as it was sent. The last byte of the body must not be sent before `finish` has returned and
/// `redirectsWithoutSecret` has been looked at: the appliance does not act on a body that is cut.
package struct WriteBackGuard {
    /// Bytes of a member that can be held back.
    package static let memberBytes = HeldValue.capacity

    /// Members left out so far, and the rules that protect them.
    package internal(set) var droppedCount = 0
    package internal(set) var droppedRules: RuleMask = []
    /// The secrets that the request has brought, for `JSONRedactor` to find in the answer. A secret is here before it is
    /// handed on.
    package let submitted: SubmittedSecrets

    let names: WatchedNames
    let mode: WriteBackMode
    var watch = RedirectWatch()
    var held = HeldValue()
    /// In `held`, where the value of the protected member begins.
    var valueStart = 0
    private var scanner: JSONScanner
    private var failure: WriteBackError?
    private var phase = Phase.passing
    /// No member of the innermost object has passed, so the next one goes without its comma.
    private var isFirst = false
    private var memberStart = 0

    private enum Phase {
        case passing
        /// In the comma, blanks and name of a member.
        case holdingName
        /// From the colon of a protected member to the end of its value.
        case holdingValue(RuleMask)
    }

    /// - Parameters:
    ///   - active: the rules of the operation, those included that the caller's scopes release.
    package init(
        _ names: WatchedNames, active: RuleMask, mode: WriteBackMode, limits: RedactionLimits,
        submitted: SubmittedSecrets = SubmittedSecrets()
    ) {
        self.submitted = submitted
        self.names = names
        self.mode = mode
        scanner = JSONScanner(
            rules: names.rules, active: names.protecting(active).union(names.redirecting).union(names.renewing),
            limits: limits)
    }

    /// What `RedactionInsertion.composed` stands for; until the next call of `next`.
    package var composed: Span<UInt8> {
        @_lifetime(borrow self)
        get { held.span }
    }

    /// The fields (`WatchedNames.redirectFields(in:)`) that some object of the body changes without a new secret.
    package var redirectsWithoutSecret: RuleMask { watch.withoutSecret }
    /// All such fields, with and without one.
    package var redirects: RuleMask { watch.redirects }

    /// One step through `bytes`, which continue the body where the last step's `consumed` left it.
    ///
    /// After an error every further call throws it again.
    package mutating func next(_ bytes: Span<UInt8>) throws(WriteBackError) -> RedactionStep {
        if let failure { throw failure }
        var index = 0
        while index < bytes.count {
            switch phase {
            case .passing:
                let passed = index
                index = try pass(bytes, at: index)
                // The comma, if it is one, is held.
                if case .holdingName = phase {
                    return RedactionStep(
                        consumed: index, pass: 0..<(bytes[passed] == .comma ? passed : index), insertion: .none)
                }
            case .holdingName, .holdingValue:
                if let end = try hold(bytes, from: index) {
                    return RedactionStep(consumed: end, pass: 0..<0, insertion: .composed)
                }
                return RedactionStep(consumed: bytes.count, pass: 0..<0, insertion: .none)
            }
        }
        return RedactionStep(consumed: index, pass: 0..<index, insertion: .none)
    }

    /// The body has ended: throws unless it was exactly one whole JSON value.
    package mutating func finish() throws(WriteBackError) {
        if let failure { throw failure }
        do { try scanner.finish() } catch { throw fail(.malformed(error)) }
    }

    /// Passes the byte at `index`, and the plain text that follows it in a string. Returns where to go on.
    private mutating func pass(_ bytes: Span<UInt8>, at index: Int) throws(WriteBackError) -> Int {
        var end = index + 1
        if scanner.state == .valueText { end = max(end, bytes.endOfPlainText(from: index)) }
        let depth = scanner.containers.depth
        let byte = bytes[index]
        _ = try scan(bytes, index..<end)
        switch scanner.state {
        case .firstName where byte == .openBrace:
            watch.open(depth: depth + 1)
            isFirst = true
            beginMember(at: scanner.offset)
        case .name where byte == .comma:
            beginMember(at: scanner.offset - 1)
            if !isFirst { held.append(byte) }
        case .afterValue where byte == .closeBrace && scanner.containers.depth < depth:
            watch.close(depth: depth)
            isFirst = false
        default: break
        }
        return end
    }

    private mutating func beginMember(at offset: Int) {
        held.removeAll()
        phase = .holdingName
        memberStart = offset
    }

    /// Holds bytes back until it is known what becomes of them. Returns where to go on if `held` is to be written
    /// now; nil at the end of the span.
    private mutating func hold(_ bytes: Span<UInt8>, from start: Int) throws(WriteBackError) -> Int? {
        var index = start
        while index < bytes.count {
            let depth = scanner.containers.depth
            let isText = scanner.state == .nameText || scanner.state == .valueText
            let end = isText ? max(index + 1, bytes.endOfPlainText(from: index)) : index + 1
            let stop = try scan(bytes, index..<end)
            switch stop {
            case .valueStart(_, let rules):
                phase = .holdingValue(rules)
                valueStart = held.count
                continue
            case .valueEnd(let consumed):
                try append(bytes, index..<index + consumed)
                guard case .holdingValue(let rules) = phase else { break }
                phase = .passing
                try judge(rules, depth: scanner.containers.depth)
                return index + consumed
            case .spanEnd, .objectEnd:
                try append(bytes, index..<end)
            }
            index = end
            guard case .holdingName = phase else { continue }
            if scanner.state == .colon || scanner.state == .afterValue {
                // An unprotected name, or the end of an empty object.
                phase = .passing
                if scanner.state == .afterValue { watch.close(depth: depth) }
                isFirst = false
                return index
            }
        }
        return nil
    }

    private mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(WriteBackError) {
        held.append(bytes, range)
        guard !held.isOver else { throw fail(.memberLimit(at: memberStart)) }
    }

    private mutating func judge(_ rules: RuleMask, depth: Int) throws(WriteBackError) {
        let isDropped = read(rules, depth: depth)
        guard isDropped else {
            isFirst = false
            return
        }
        guard mode == .drop else { throw fail(.mask(names.protecting(rules))) }
        droppedCount += 1
        droppedRules.formUnion(names.protecting(rules))
        held.removeAll()
    }

    /// Lets the scanner see `range`; what it stops at, it has not consumed beyond.
    private mutating func scan(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) throws(WriteBackError) -> JSONScanner.Stop {
        do {
            let stop = try scanner.scan(bytes.extracting(range), from: 0)
            switch stop {
            case .spanEnd: scanner.advance(by: range.count)
            case .valueStart(let index, _), .valueEnd(let index), .objectEnd(let index): scanner.advance(by: index)
            }
            return stop
        } catch {
            throw fail(.malformed(error))
        }
    }

    private mutating func fail(_ error: WriteBackError) -> WriteBackError {
        failure = error
        return error
    }
}
