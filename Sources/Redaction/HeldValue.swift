/// The bytes of one JSON value, as sent, held back until it is known what of it may pass.
struct HeldValue {
    /// Bytes; a value that is longer is never looked into.
    static let capacity = 4096

    private var bytes: InlineArray<4096, UInt8> = .init(repeating: 0)
    private(set) var count = 0
    /// Bytes that values before this one have taken.
    private var used = 0
    /// More was appended than fits; what is held is its beginning.
    private(set) var isOver = false

    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(first: count) }
    }

    mutating func removeAll() {
        used = max(used, count)
        count = 0
        isOver = false
    }

    /// Overwrites what has been held since the last time.
    mutating func forget() {
        removeAll()
        for index in 0..<used { bytes[index] = 0 }
        used = 0
    }

    mutating func append(_ byte: UInt8) {
        guard count < Self.capacity else {
            isOver = true
            return
        }
        bytes[count] = byte
        count += 1
    }

    mutating func append(_ source: borrowing Span<UInt8>, _ range: Range<Int>) {
        let room = Self.capacity - count
        if range.count > room { isOver = true }
        let copied = min(range.count, room)
        var target = bytes.mutableSpan
        var index = 0
        while index &+ 8 <= copied {
            target.write(word: source.word(at: range.lowerBound &+ index), at: count &+ index)
            index &+= 8
        }
        while index < copied {
            target[count &+ index] = source[range.lowerBound &+ index]
            index &+= 1
        }
        count += copied
    }

    /// `[censored]`, without quotes.
    mutating func appendMask() {
        let source = Self.mask.span
        append(source, 0..<source.count)
    }

    static let mask: [10 of UInt8] = [0x5B, 0x63, 0x65, 0x6E, 0x73, 0x6F, 0x72, 0x65, 0x64, 0x5D]
}

extension Span<UInt8> {
    /// `[censored]` stands somewhere in the bytes.
    var containsMask: Bool {
        let text = UnescapedText(plain: self)
        return text.containsMask
    }
}
