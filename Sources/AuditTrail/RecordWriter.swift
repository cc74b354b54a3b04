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

    /// In ascending order: what has six bytes is written with eight, of which the next overwrites two.
    @inline(__always)
    mutating func integers(of facts: AuditFacts) {
        unsafe put(.form, UInt8(RecordForm.version))
        unsafe put(.sequence, 0 as Int64)
        unsafe put(.time, facts.time)
        unsafe put(.lane, facts.lane)
        unsafe put(.listener, facts.listener)
        unsafe put(.clientPort, facts.clientPort)
        unsafe put(.keyID, facts.keyID)
        unsafe put(.generation, facts.generation)
        unsafe put(.status, facts.status)
        unsafe put(.upstreamStatus, facts.upstreamStatus)
        unsafe put(.bytesIn, min(facts.bytesIn, Self.greatestOfSix))
        unsafe put(.bytesOut, min(facts.bytesOut, Self.greatestOfSix))
        unsafe put(.gatewayMicroseconds, min(facts.gatewayMicroseconds, Self.greatestOfSix))
        unsafe put(.upstreamMicroseconds, min(facts.upstreamMicroseconds, Self.greatestOfSix))
        unsafe put(.redacted, facts.redacted)
        unsafe put(.revealed, facts.revealed)
    }

    /// Of six bytes.
    private static var greatestOfSix: UInt64 { 1 << 48 - 1 }

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
    private func put<Value: FixedWidthInteger>(_ column: AuditInteger, _ value: Value) {
        unsafe base.storeBytes(of: value.littleEndian, toByteOffset: column.offset, as: Value.self)
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
