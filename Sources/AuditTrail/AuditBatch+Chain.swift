import Cryptography

extension AuditBatch {
    /// Numbers the records after `head`, digests them in place and moves `head` to the last.
    func link(after head: inout ChainHead, _ computation: inout SHA256) throws(CryptographyError) {
        guard count > 0 else { return }
        unsafe store(head.hash, at: starts[0])
        for index in 0..<count {
            // Safe: see `starts`; the slot before the record, the record, and the slot after it are in the arena.
            let slot = unsafe starts[index]
            let next = unsafe starts[index + 1]
            head.sequence += 1
            unsafe arena.storeBytes(
                of: head.sequence.littleEndian,
                toByteOffset: slot + RecordForm.hashBytes + AuditInteger.sequence.offset, as: Int64.self)
            try computation.update(unsafe Span<UInt8>(
                _unsafeStart: (arena + slot).assumingMemoryBound(to: UInt8.self), count: next - slot))
            head.hash = try computation.finish()
            unsafe store(head.hash, at: next)
        }
    }

    @unsafe private func store(_ hash: Digest256, at slot: Int) {
        unsafe arena.storeBytes(of: hash.word0.bigEndian, toByteOffset: slot, as: UInt64.self)
        unsafe arena.storeBytes(of: hash.word1.bigEndian, toByteOffset: slot + 8, as: UInt64.self)
        unsafe arena.storeBytes(of: hash.word2.bigEndian, toByteOffset: slot + 16, as: UInt64.self)
        unsafe arena.storeBytes(of: hash.word3.bigEndian, toByteOffset: slot + 24, as: UInt64.self)
    }

    /// The earliest and the latest time of the records, starting from what is known already.
    func widen(_ block: inout RecordBlock) {
        for index in 0..<count {
            // Safe: as above.
            let time = unsafe arena.loadUnaligned(
                fromByteOffset: starts[index] + RecordForm.hashBytes + AuditInteger.time.offset,
                as: Int64.self)
            block.add(time: Int64(littleEndian: time))
        }
    }
}

/// A run of records and when they were written; see `AuditSchema`.
struct RecordBlock: Equatable {
    /// Records of a block, at least.
    static let size: Int64 = 1_024

    var first: Int64
    var count: Int64 = 0
    var earliest: Int64 = .max
    var latest: Int64 = .min

    init(first: Int64) { self.first = first }

    var last: Int64 { first + count - 1 }
    var isComplete: Bool { count >= RecordBlock.size }

    mutating func add(time: Int64) {
        count += 1
        earliest = min(earliest, time)
        latest = max(latest, time)
    }
}
