import Compression
import HTTPWire
import Transport

/// Decodes an answer that the appliance has compressed although it was asked not to.
final class ResponseCoding {
    /// Decoded bytes of one step.
    private static let stepBytes = 16 * 1_024

    private let lane: Lane
    private var inflater: Inflater
    /// Compressed bytes whose text had no room yet.
    private let compressed: ByteBuffer
    /// What the last step decoded, from the first byte on.
    private(set) var text = [UInt8](repeating: 0, count: ResponseCoding.stepBytes)
    /// The last step filled its room, so there may be more without further input.
    private var mayHaveMore = false

    /// - Returns: nil when there is no memory for it.
    init?(_ coding: ContentCoding, lane: Lane) {
        self.lane = lane
        do { inflater = try Inflater(coding) } catch { return nil }
        compressed = lane.borrowBuffer()
    }

    deinit { lane.returnBuffer(compressed) }

    /// The coding that a Content-Encoding value names; nil for none that can be decoded.
    static func named(_ value: Span<UInt8>) -> ContentCoding? {
        if value.equalsIgnoringCase("gzip") || value.equalsIgnoringCase("x-gzip") { return .gzip }
        return value.equalsIgnoringCase("deflate") ? .deflate : nil
    }

    var room: Int {
        compressed.compact()
        return compressed.room
    }

    var isEmpty: Bool { compressed.isEmpty && !mayHaveMore }

    func keep(_ bytes: Span<UInt8>) { compressed.append(bytes) }

    /// Decodes one step into `text`; how many bytes there are.
    func decode(atMost limit: Int) throws(InflateError) -> Int {
        guard !isEmpty else { return 0 }
        let wanted = min(limit, Self.stepBytes)
        guard wanted > 0 else { return 0 }
        var space = text.mutableSpan
        var output = space._mutatingExtracting(first: wanted)
        let compressed = self.compressed
        let step = try inflater.next(compressed.span, into: &output)
        compressed.consume(step.consumed)
        mayHaveMore = step.produced == wanted
        return step.produced
    }

    func finish() throws(InflateError) { try inflater.finish() }
}
