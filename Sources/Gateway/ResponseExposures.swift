import AccessControl
import AuditTrail
import Cryptography
import HTTPWire
import Redaction

/// Reads one answer beside its bytes, which pass unchanged, and notes each secret that it shows to a caller who may
/// see it. A class, because the finder is large; only exchanges that reveal have one.
final class ResponseExposures {
    /// Stands for a fingerprint: bytes of a secret leave before all of it is known, or it cannot be read.
    static let unread = "unread"
    /// Stands for the name of a member that is not known.
    private static let anyField = "*"
    /// Bytes of an object's id.
    private static let identifierLimit = 64
    /// Hexadecimal digits of a fingerprint.
    private static let fingerprintDigits = 16

    private let gate: GatewayLane
    private let rules: RedactionRules
    private let controller: String
    /// Of the object in the path; empty: there is none.
    private let identifier: String
    private var finder: SecretFinder
    private var isBroken = false
    private var missed = 0
    /// What has been found and is not recorded yet.
    private var found: [AuditExposure] = []
    /// Secrets so far, those included that could not be read.
    private(set) var count: UInt32 = 0

    init(gate: GatewayLane, revealed: RuleMask, controller: String, identifier: String) {
        self.gate = gate
        self.controller = controller
        self.identifier = identifier
        let configuration = gate.configuration
        rules = configuration.rules
        finder = SecretFinder(
            configuration.watched, revealed: revealed, limits: configuration.settings.redaction.limits)
    }

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
        note(identifier: "", field: Self.anyField, fingerprint: Self.unread)
    }

    private func take() {
        let id = finder.foundCount > 0 ? Self.visible(finder.identifier) : ""
        for index in 0..<finder.foundCount {
            let secret = finder.found(index)
            count += 1
            note(identifier: id, field: name(of: secret.rules), fingerprint: fingerprint(of: secret))
        }
        if finder.missedCount > missed {
            count += UInt32(clamping: finder.missedCount - missed)
            missed = finder.missedCount
            note(identifier: id, field: Self.anyField, fingerprint: Self.unread)
        }
    }

    private func note(identifier id: String, field: String, fingerprint: String) {
        let known = id.isEmpty ? identifier : id
        let object = controller + "/" + (known.isEmpty ? "-" : known)
        if let exposure = AuditExposure(object: object, field: field, fingerprint: fingerprint) { found.append(exposure) }
    }

    private func name(of mask: RuleMask) -> String {
        let index = mask.rawValue.trailingZeroBitCount
        guard index < rules.rules.count else { return Self.anyField }
        return Self.visible(rules.rules[index].field.utf8.span)
    }

    /// Of a value too long to be kept, that of its beginning.
    private func fingerprint(of secret: FoundSecret) -> String {
        guard let digest = try? gate.fingerprints.digest(finder[secret]) else { return Self.unread }
        return (secret.isWhole ? "hmac:" : "hmac-begin:") + digest.hexadecimal.prefix(Self.fingerprintDigits)
    }

    /// As one word.
    private static func visible(_ bytes: Span<UInt8>) -> String {
        var text = ""
        for index in 0..<min(bytes.count, identifierLimit) {
            let byte = bytes[index]
            text.unicodeScalars.append(Unicode.Scalar((0x21...0x7E).contains(byte) ? byte : 0x3F))
        }
        return text
    }

    // MARK: Records

    /// What must be recorded before the bytes that have been read leave.
    ///
    /// - Parameter isEnd: False when more will be read: a secret whose object has not ended is then noted as unread,
    ///   and again, with all there is to know, when it has.
    func takeFound(isEnd: Bool) -> [AuditExposure] {
        if !isEnd, !isBroken, finder.isUnsettled {
            note(identifier: "", field: Self.anyField, fingerprint: Self.unread)
        }
        defer { found.removeAll(keepingCapacity: true) }
        return found
    }
}

extension CanonicalTarget {
    /// The last segment of the path that is a number; empty: there is none. For callers who see secrets; allocates.
    var lastNumber: String {
        let path = text.prefix { $0 != "?" }
        let isNumber = { (segment: Substring) in segment.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        return path.split(separator: "/").last(where: isNumber).map(String.init) ?? ""
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
        let exposures = ResponseExposures(
            gate: gate, revealed: RuleMask(rawValue: response.revealed), controller: response.controller,
            identifier: response.identifier)
        let isPlain = isDecoded || head.contentEncodingCount == 0
            || head.contentEncodingCount == 1 && bytes[head.contentEncoding].equalsIgnoringCase("identity")
        if !isJSON || !isPlain { exposures.breakOff() }
        return exposures
    }

    /// Records what the bytes in the output show; they must not leave before all of it is stored.
    ///
    /// - Returns: False when there is nothing to wait for.
    func recordExposures() -> Bool {
        guard let entry, let found = response.body.exposures?.takeFound(isEnd: response.body.isEnd), !found.isEmpty else {
            return false
        }
        var facts = self.facts
        facts.kind = .exposure
        facts.time = lane.time.wall
        facts.bytesIn = request.received
        facts.redacted = 0
        facts.revealed = 1
        entry.facts = facts
        for exposure in found {
            entry.with(.detail, exposure.detail) {
                awaited += 1
                gate.audit.record(entry, for: self)
            }
        }
        return true
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
