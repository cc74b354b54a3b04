import CZlib

/// Decodes one compressed body as it streams by, in bounded memory: zlib's own state and window (about 44 KiB).
///
/// Confined to one queue at a time by its owner.
@safe package struct Inflater: ~Copyable {
    // Safe: allocated and initialised in init, ended and freed in deinit, never handed out.
    private let stream: UnsafeMutablePointer<z_stream>
    private let coding: ContentCoding
    private let limits: InflateLimits
    private var consumed = 0
    private var produced = 0
    /// The first byte of a `deflate` body, until the second tells what follows.
    private var first: UInt8?
    private var isDecided: Bool
    private var isDone = false
    private var failure: InflateError?

    package init(_ coding: ContentCoding, limits: InflateLimits = InflateLimits()) throws(InflateError) {
        self.coding = coding
        self.limits = limits
        isDecided = coding == .gzip
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 16: gzip alone, no zlib.
        guard unsafe czlib_inflate_init(stream, coding == .gzip ? 15 + 16 : 15) == Z_OK else { throw .outOfMemory }
    }

    deinit {
        // Harmless for a stream whose initialisation has failed.
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Decodes from `input`, which continues the body where the last step's `consumed` left it, into `output`.
    ///
    /// Call on until all is consumed and a step has not filled `output`. After an error every further call throws it
    /// again.
    package mutating func next(
        _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) throws(InflateError) -> InflateStep {
        if let failure { throw failure }
        var taken = 0
        if !isDecided {
            taken = try decide(input)
            guard isDecided else { return InflateStep(consumed: taken, produced: 0) }
        }
        var made = 0
        if let first, coding == .deflate {
            self.first = nil
            let start: [1 of UInt8] = [first]
            // A header byte, or the first of a block: it makes no output.
            made = try inflate(start.span, into: &output, at: 0).produced
        }
        let step = try inflate(input.extracting(taken..<input.count), into: &output, at: made)
        return InflateStep(consumed: taken + step.consumed, produced: made + step.produced)
    }

    /// The body has ended.
    package mutating func finish() throws(InflateError) {
        if let failure { throw failure }
        guard isDone else { throw fail(.truncated) }
    }

    /// Tells a zlib header (RFC 1950 section 2.2) from a bare stream. Returns how much of `input` is kept for later.
    private mutating func decide(_ input: Span<UInt8>) throws(InflateError) -> Int {
        guard input.count > 0 else { return 0 }
        guard let first else {
            self.first = input[0]
            guard input.count > 1 else { return 1 }
            try choose(input[0], input[1])
            return 1
        }
        try choose(first, input[0])
        return 0
    }

    private mutating func choose(_ first: UInt8, _ second: UInt8) throws(InflateError) {
        isDecided = true
        let isZlib = first & 0x0F == 8 && first >> 4 <= 7 && (Int(first) << 8 | Int(second)) % 31 == 0
        guard !isZlib else { return }
        guard unsafe inflateReset2(stream, -15) == Z_OK else { throw fail(.malformed) }
    }

    private mutating func inflate(
        _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>, at start: Int
    ) throws(InflateError) -> InflateStep {
        guard !isDone else {
            guard input.isEmpty else { throw fail(.trailingBytes) }
            return InflateStep(consumed: 0, produced: 0)
        }
        let room = output.count - start
        let inputCount = min(input.count, Int(UInt32.max))
        let outputCount = min(room, Int(UInt32.max))
        guard inputCount > 0 || outputCount > 0 else { return InflateStep(consumed: 0, produced: 0) }
        let stream = unsafe self.stream
        // Safe: zlib reads and writes within the counts that it is given, and keeps no pointer that is used later.
        let code = unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(inputCount)
                unsafe stream.pointee.next_out = target.baseAddress.map { unsafe $0 + start }
                unsafe stream.pointee.avail_out = UInt32(outputCount)
                return unsafe CZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        let read = inputCount - Int(unsafe stream.pointee.avail_in)
        let written = outputCount - Int(unsafe stream.pointee.avail_out)
        switch code {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isDone = true
        case Z_NEED_DICT: throw fail(.dictionaryNeeded)
        case Z_MEM_ERROR: throw fail(.outOfMemory)
        default: throw fail(.malformed)
        }
        consumed += read
        produced += written
        guard produced <= limits.outputBytes else { throw fail(.outputLimit) }
        guard produced <= limits.ratioGrace || produced / limits.ratio <= consumed else { throw fail(.ratioLimit) }
        if isDone && read < input.count { throw fail(.trailingBytes) }
        return InflateStep(consumed: read, produced: written)
    }

    private mutating func fail(_ error: InflateError) -> InflateError {
        failure = error
        return error
    }
}
