import AccessControl
import AuditTrail
import Cryptography
import HTTPWire
import Redaction

/// Reads one answer beside its bytes, which pass unchanged, and notes each secret that it shows to a caller who may
/// see it. A class, because the finder is large; only exchanges that reveal have one, and a lane keeps them for reuse.
final class ResponseExposures {
    /// Stands for the name of a member that is not known.
    private static let anyField = "*"

    private let gate: GatewayLane
    private var rules: RedactionRules
    private var controller = ""
    /// Of the object in the path; empty: there is none.
    private var identifier: [UInt8] = []
    private var finder: SecretFinder
    private var isBroken = false
    private var missed = 0
    /// What has been found and is not recorded yet.
    private var texts = ExposureTexts()
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
        texts.removeAll()
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
            noteUnread(ofFound: finder.foundCount > 0)
        }
    }

    private func note(_ secret: FoundSecret) {
        let index = secret.rules.rawValue.trailingZeroBitCount
        let field = index < rules.rules.count ? rules.rules[index].field : Self.anyField
        let digest: Digest256
        do { digest = try gate.fingerprints.digest(finder[secret]) } catch {
            return append(field, .unread, ofFound: true)
        }
        append(field, secret.isWhole ? .whole(digest.word0) : .beginning(digest.word0), ofFound: true)
    }

    /// - Parameter ofFound: It is one more of the object that has just ended.
    private func noteUnread(ofFound: Bool = false) { append(Self.anyField, .unread, ofFound: ofFound) }

    /// Of the object that has just ended, or else, as where that has no id, of the one in the path.
    private func append(_ field: String, _ fingerprint: ExposureTexts.Fingerprint, ofFound: Bool) {
        if ofFound, Self.append(field, fingerprint, of: finder, controller, to: &texts) { return }
        let identifier = self.identifier
        texts.append(controller: controller, identifier: identifier.span, field: field, fingerprint)
    }

    /// False, and nothing appended, when the object has no id.
    private static func append(
        _ field: String, _ fingerprint: ExposureTexts.Fingerprint, of finder: borrowing SecretFinder,
        _ controller: String, to texts: inout ExposureTexts
    ) -> Bool {
        let identifier = finder.identifier
        guard !identifier.isEmpty else { return false }
        texts.append(controller: controller, identifier: identifier, field: field, fingerprint)
        return true
    }

    // MARK: Records

    /// Gives what must be recorded before the bytes that have been read leave.
    ///
    /// - Parameter isEnd: False when more will be read: a secret whose object has not ended is then noted as unread,
    ///   and again, with all there is to know, when it has.
    func takeFound(isEnd: Bool, _ record: (Span<UInt8>) -> Void) {
        if !isEnd, !isBroken, finder.isUnsettled { noteUnread() }
        texts.forEach(record)
        texts.removeAll()
    }

    /// The same at the end of an answer that shows one secret, whose outcome can say which.
    ///
    /// - Returns: False, and nothing is taken, where there are more or none.
    func takeOnly(_ record: (Span<UInt8>) -> Void) -> Bool {
        guard count == 1, texts.count == 1 else { return false }
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
        guard let entry, let exposures = body.exposures, body.isEnd, entry.isEmpty(.detail) else {
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
        guard let entry, let exposures = body.exposures else { return false }
        var facts = self.facts
        facts.kind = .exposure
        facts.time = lane.time.wall
        facts.bytesIn = request.received
        facts.redacted = 0
        facts.revealed = 1
        entry.facts = facts
        var isWaiting = false
        exposures.takeFound(isEnd: body.isEnd) { detail in
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
