import AccessControl
import AuditTrail
import Cryptography
import HTTPWire
import Redaction

/// Reads one answer beside its bytes, which pass unchanged, and notes each secret that it shows to a caller who may
/// see it. A class, because the finder is large; only exchanges that reveal have one, and a lane keeps them for reuse.
final class ResponseExposures {
    /// Stands for a fingerprint: bytes of a secret leave before all of it is known, or it cannot be read.
    private static let unread = Array("unread".utf8)
    /// Stands for the name of a member that is not known.
    private static let anyField = Array("*".utf8)
    /// Before a fingerprint, of a whole value and of the beginning of one.
    private static let whole = Array("hmac:".utf8)
    private static let beginning = Array("hmac-begin:".utf8)
    /// Bytes of an object's id.
    private static let identifierLimit = 64

    private let gate: GatewayLane
    private var rules: RedactionRules
    private var controller = ""
    /// Of the object in the path; empty: there is none.
    private var identifier: [UInt8] = []
    private var finder: SecretFinder
    private var isBroken = false
    private var missed = 0
    /// What has been found and is not recorded yet: texts as `AuditExposure` has them, and where each ends.
    private var found: [UInt8] = []
    private var ends: [Int] = []
    /// Secrets so far, those included that could not be read.
    private(set) var count: UInt32 = 0

    init(gate: GatewayLane) {
        self.gate = gate
        let configuration = gate.configuration
        rules = configuration.rules
        finder = SecretFinder(configuration.watched, revealed: [], limits: configuration.settings.redaction.limits)
    }

    /// Begins with another answer.
    func begin(revealed: RuleMask, controller: String, identifier: [UInt8]) {
        let configuration = gate.configuration
        rules = configuration.rules
        self.controller = controller
        self.identifier = identifier
        finder.begin(configuration.watched, revealed: revealed, limits: configuration.settings.redaction.limits)
        isBroken = false
        missed = 0
        found.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        count = 0
    }

    /// Nothing of the answer is remembered any more.
    func forget() { finder.forget() }

    // MARK: Reading

    /// Payload that goes out unchanged. What is wrong with it is noted and never changes the answer.
    func read(_ payload: Span<UInt8>) {
        var index = 0
        while index < payload.count, !isBroken {
            do throws(RedactionError) {
                index += try finder.next(payload.extracting(index...))
                take()
            } catch { breakOff() }
        }
    }

    func finish() {
        guard !isBroken else { return }
        do throws(RedactionError) { try finder.finish() } catch { breakOff() }
    }

    /// The answer cannot be read: it may show any secret.
    func breakOff() {
        guard !isBroken else { return }
        isBroken = true
        count += 1
        noteUnread()
    }

    private func take() {
        for index in 0..<finder.foundCount {
            count += 1
            note(finder.found(index))
        }
        if finder.missedCount > missed {
            count += UInt32(clamping: finder.missedCount - missed)
            missed = finder.missedCount
            if finder.foundCount > 0 { begin(identifier: finder.identifier) } else { begin(identifier: Span()) }
            endUnread()
        }
    }

    private func note(_ secret: FoundSecret) {
        begin(identifier: finder.identifier)
        let index = secret.rules.rawValue.trailingZeroBitCount
        if index < rules.rules.count { append(rules.rules[index].field.utf8.span) } else { found += Self.anyField }
        found.append(UInt8(ascii: " "))
        // Of a value too long to be kept, that of its beginning. Sixteen digits are shown.
        guard let digest = try? gate.fingerprints.digest(finder[secret]) else {
            found += Self.unread
            return end()
        }
        found += secret.isWhole ? Self.whole : Self.beginning
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: digest.word0 >> UInt64(shift) & 0xF)
            found.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
        end()
    }

    private func noteUnread() {
        begin(identifier: Span())
        endUnread()
    }

    private func endUnread() {
        found += Self.anyField
        found.append(UInt8(ascii: " "))
        found += Self.unread
        end()
    }

    /// Controller and id of the object, and a space.
    private func begin(identifier id: Span<UInt8>) {
        append(controller.utf8.span)
        found.append(UInt8(ascii: "/"))
        if !id.isEmpty { append(id) } else if !identifier.isEmpty { append(identifier.span) } else {
            found.append(UInt8(ascii: "-"))
        }
        found.append(UInt8(ascii: " "))
    }

    private func end() { ends.append(found.count) }

    /// As one word.
    private func append(_ text: Span<UInt8>) {
        for index in 0..<min(text.count, Self.identifierLimit) {
            let byte = text[index]
            found.append((0x21...0x7E).contains(byte) ? byte : 0x3F)
        }
    }

    // MARK: Records

    /// Gives what must be recorded before the bytes that have been read leave.
    ///
    /// - Parameter isEnd: False when more will be read: a secret whose object has not ended is then noted as unread,
    ///   and again, with all there is to know, when it has.
    func takeFound(isEnd: Bool, _ record: (Span<UInt8>) -> Void) {
        if !isEnd, !isBroken, finder.isUnsettled { noteUnread() }
        var start = 0
        for end in ends {
            record(found.span.extracting(start..<end))
            start = end
        }
        found.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// The same at the end of an answer that shows one secret, whose outcome can say which.
    ///
    /// - Returns: False, and nothing is taken, where there are more or none.
    func takeOnly(_ record: (Span<UInt8>) -> Void) -> Bool {
        guard count == 1, ends.count == 1 else { return false }
        takeFound(isEnd: true, record)
        return true
    }
}

/// Secrets that leave in clear: each has its record before its bytes leave.
extension Exchange {
    /// Notes the secrets of an answer that are shown to this caller; nil where there are none to be shown.
    func exposures(of head: ResponseHead, _ bytes: Span<UInt8>, isDecoded: Bool) -> ResponseExposures? {
        guard response.revealed != 0, head.framing != .none, head.framing != .length(0) else { return nil }
        let isJSON = head.contentTypeCount == 1 && MediaKinds.announced(by: head.contentType, in: bytes) == .json
        // A file is what such an operation is there for.
        if !isJSON, response.givesFiles { return nil }
        let exposures = gate.borrowExposures()
        exposures.begin(
            revealed: RuleMask(rawValue: response.revealed), controller: response.controller,
            identifier: response.identifier)
        let isPlain = isDecoded || head.contentEncodingCount == 0
            || head.contentEncodingCount == 1 && bytes[head.contentEncoding].equalsIgnoringCase("identity")
        if !isJSON || !isPlain { exposures.breakOff() }
        return exposures
    }

    /// Records the outcome, which says what the answer shows, if that is one secret and the answer is there whole: one
    /// record less to be stored.
    ///
    /// - Returns: False when nothing was recorded.
    func recordOutcomeWithExposure() -> Bool {
        guard let entry, let exposures = response.body.exposures, response.body.isEnd, entry.isEmpty(.detail) else {
            return false
        }
        return exposures.takeOnly { detail in
            entry.with(.detail, detail) { record(.outcome, for: self) }
        }
    }

    /// Records what the bytes in the output show; they must not leave before all of it is stored.
    ///
    /// - Returns: False when there is nothing to wait for.
    func recordExposures() -> Bool {
        guard let entry, let exposures = response.body.exposures else { return false }
        var facts = self.facts
        facts.kind = .exposure
        facts.time = lane.time.wall
        facts.bytesIn = request.received
        facts.redacted = 0
        facts.revealed = 1
        entry.facts = facts
        var isWaiting = false
        exposures.takeFound(isEnd: response.body.isEnd) { detail in
            isWaiting = true
            entry.with(.detail, detail) {
                awaited += 1
                gate.audit.record(entry, for: self)
            }
        }
        return isWaiting
    }

    /// While an answer goes out as it comes: true when what is about to leave waits for its records.
    func holdForExposures() -> Bool {
        guard recordExposures() else { return false }
        phase = .recordingExposures
        client?.hold()
        arm(after: gate.configuration.timeouts.audit)
        return true
    }
}
