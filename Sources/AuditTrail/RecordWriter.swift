import AccessControl
import HTTPWire

/// Writes one canonical form; see `RecordForm`.
///
/// Unchecked: `base` must have room for the form. `AuditBatch.append` sees to it.
@unsafe struct RecordWriter {
    private let base: UnsafeMutableRawPointer
    /// Bytes written so far, once the texts are.
    private(set) var end = RecordForm.textsOffset

    @inline(__always)
    init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

    @inline(__always)
    mutating func integers(of facts: AuditFacts) {
        unsafe put(.form, RecordForm.version)
        unsafe put(.sequence, 0)
        unsafe put(.time, facts.time)
        unsafe put(.lane, Int64(facts.lane))
        unsafe put(.listener, Int64(facts.listener))
        unsafe put(.clientPort, Int64(facts.clientPort))
        unsafe put(.keyID, facts.keyID)
        unsafe put(.generation, Int64(truncatingIfNeeded: facts.generation))
        unsafe put(.status, Int64(facts.status))
        unsafe put(.upstreamStatus, Int64(facts.upstreamStatus))
        unsafe put(.bytesIn, Int64(truncatingIfNeeded: facts.bytesIn))
        unsafe put(.bytesOut, Int64(truncatingIfNeeded: facts.bytesOut))
        unsafe put(.gatewayMicroseconds, Int64(truncatingIfNeeded: facts.gatewayMicroseconds))
        unsafe put(.upstreamMicroseconds, Int64(truncatingIfNeeded: facts.upstreamMicroseconds))
        unsafe put(.redacted, Int64(facts.redacted))
        unsafe put(.revealed, Int64(facts.revealed))
    }

    @inline(__always)
    mutating func texts(of entry: AuditEntry) {
        let facts = entry.facts
        unsafe put(.kind, facts.kind.text)
        if facts.kind.isOfExchange { unsafe put(facts.exchange) } else { unsafe put(.exchange, length: 0) }
        unsafe put(.client, entry)
        if facts.kind.isOfExchange { unsafe put(.method, facts.method.name) } else { unsafe put(.method, length: 0) }
        unsafe put(.path, entry)
        unsafe put(.query, entry)
        unsafe put(.operation, entry)
        unsafe put(.controller, entry)
        unsafe put(.action, entry)
        unsafe put(.principal, facts.principal.text)
        unsafe put(.principalName, entry)
        unsafe put(.decision, facts.decision.text)
        unsafe put(.reason, facts.reason.text)
        unsafe put(.upstream, entry)
        unsafe put(.userAgent, entry)
        unsafe put(.clientRequestID, entry)
        unsafe put(.forwarded, entry)
        unsafe put(.tls, entry)
        unsafe put(.detail, entry)
    }
}

extension RecordWriter {
    @inline(__always)
    private func put(_ column: AuditInteger, _ value: Int64) {
        unsafe base.storeBytes(of: value.littleEndian, toByteOffset: Int(column.rawValue) * 8, as: Int64.self)
    }

    @inline(__always)
    private func put(_ column: AuditText, length: Int) {
        unsafe base.storeBytes(
            of: UInt16(truncatingIfNeeded: length).littleEndian,
            toByteOffset: RecordForm.lengthsOffset + Int(column.rawValue) * 2, as: UInt16.self)
    }

    @inline(__always)
    private mutating func put(_ column: AuditText, _ text: StaticString) {
        let count = text.utf8CodeUnitCount
        unsafe (base + end).copyMemory(from: text.utf8Start, byteCount: count)
        unsafe put(column, length: count)
        unsafe end += count
    }

    @inline(__always)
    private mutating func put(_ exchange: ExchangeID) {
        for index in 0..<32 {
            unsafe base.storeBytes(of: exchange.hexadecimalDigit(index), toByteOffset: end + index, as: UInt8.self)
        }
        unsafe put(.exchange, length: 32)
        unsafe end += 32
    }

    @inline(__always)
    private mutating func put(_ field: AuditField, _ entry: AuditEntry) {
        let (start, count) = entry.place(of: field)
        unsafe put(field.text, length: count)
        guard count > 0 else { return }
        let texts = entry.texts
        unsafe texts.span.extracting(start..<start + count).withUnsafeBytes { source in
            // Safe: not empty, so there is an address.
            if let from = source.baseAddress { unsafe (base + end).copyMemory(from: from, byteCount: count) }
        }
        unsafe end += count
    }
}
