/// A run of bytes of fixed capacity with a read end and a write end.
///
/// Bytes between the two are *readable*; bytes after the write end are *writable*. The storage never moves and
/// never grows, so a full buffer is back-pressure, not an allocation. A class, because a connection and its lane
/// hand the same buffer around; it is confined to the lane (or test) that made it.
///
/// Safe: `base` points at `capacity` bytes from `init` to `deinit`, and 0 <= start <= end <= capacity always.
@safe package final class ByteBuffer {
    private let base: UnsafeMutableRawPointer
    package let capacity: Int
    // Private, because the compiler then proves that no two accesses overlap; visible to other modules, each use
    // would be checked for exclusive access at run time, which costs more than most appends.
    private var start = 0
    private var end = 0

    package init(capacity: Int) {
        precondition(capacity > 0)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    deinit { unsafe base.deallocate() }

    /// Readable bytes.
    package var count: Int { end - start }
    package var isEmpty: Bool { start == end }
    /// Bytes that can be appended before `compact()` or a read makes room.
    package var room: Int { capacity - end }

    /// The readable bytes. Valid until the buffer is next changed.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            // Safe: [start, end) is initialised and inside the allocation; the lifetime is tied to self.
            let bytes = unsafe Span<UInt8>(
                _unsafeStart: (base + start).assumingMemoryBound(to: UInt8.self), count: end - start)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    /// Forgets `count` readable bytes.
    package func consume(_ count: Int) {
        precondition(count >= 0 && count <= end - start)
        start += count
        if start == end {
            start = 0
            end = 0
        }
    }

    package func removeAll() {
        start = 0
        end = 0
    }

    /// Drops what was appended after the first `count` readable bytes.
    package func truncate(to count: Int) {
        precondition(count >= 0 && count <= end - start)
        end = start + count
    }

    /// Moves the readable bytes to the front, so that `room` is `capacity - count`.
    package func compact() {
        guard start > 0 else { return }
        unsafe base.copyMemory(from: base + start, byteCount: end - start)
        end -= start
        start = 0
    }

    /// Appends what fits whole; false, and nothing appended, when it does not fit.
    @discardableResult
    package func append(_ bytes: Span<UInt8>) -> Bool {
        let count = bytes.count
        guard count <= capacity - end else { return false }
        guard count > 0 else { return true }
        // Safe: count bytes fit after `end`; a source inside this buffer lies before `end`.
        unsafe bytes.withUnsafeBytes { source in
            if let from = source.baseAddress { unsafe (base + end).copyMemory(from: from, byteCount: count) }
        }
        end += count
        return true
    }

    @discardableResult
    package func append(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard count <= capacity - end else { return false }
        // Safe: count bytes fit after `end`; a StaticString's bytes live as long as the program.
        unsafe (base + end).copyMemory(from: text.utf8Start, byteCount: count)
        end += count
        return true
    }

    @discardableResult
    package func append(_ byte: UInt8) -> Bool {
        guard end < capacity else { return false }
        unsafe base.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end += 1
        return true
    }

    @discardableResult
    package func append(_ text: String) -> Bool {
        append(text.utf8.span)
    }

    @discardableResult
    package func append(_ bytes: [UInt8]) -> Bool {
        append(bytes.span)
    }

    /// Appends the decimal digits of `number`.
    @discardableResult
    package func append(decimal number: UInt64) -> Bool {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var at = 20
        var rest = number
        repeat {
            at -= 1
            digits[at] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        } while rest != 0
        return append(digits.span.extracting(at..<20))
    }

    /// Appends `number` in lower-case hexadecimal, padded with zeros to `width` digits.
    @discardableResult
    package func append(hexadecimal number: UInt64, width: Int = 1) -> Bool {
        let needed = (64 - number.leadingZeroBitCount + 3) / 4
        let count = max(needed, min(max(width, 1), 16))
        guard count <= capacity - end else { return false }
        let high = Self.hexadecimal(UInt32(truncatingIfNeeded: number >> 32)).bigEndian
        let low = Self.hexadecimal(UInt32(truncatingIfNeeded: number)).bigEndian
        // Safe: the last `count` of the sixteen digits fit after `end`.
        unsafe withUnsafeBytes(of: (high, low)) { digits in
            if let digits = digits.baseAddress { unsafe (base + end).copyMemory(from: digits + 16 - count, byteCount: count) }
        }
        end += count
        return true
    }

    /// The eight digits of a number, the last in the lowest byte.
    private static func hexadecimal(_ number: UInt32) -> UInt64 {
        var nibbles = UInt64(number)
        nibbles = (nibbles << 16 | nibbles) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles << 8 | nibbles) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles << 4 | nibbles) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }

    /// Writes the decimal digits of `number`, right-aligned after blanks, over `width` readable bytes.
    ///
    /// - Returns: False, and nothing written, when the digits or the place do not fit.
    @discardableResult
    package func overwrite(decimal number: UInt64, width: Int, at offset: Int) -> Bool {
        overwrite(number, radix: 10, padding: 0x20, width: width, at: offset)
    }

    /// The same in hexadecimal, right-aligned after zeros.
    @discardableResult
    package func overwrite(hexadecimal number: UInt64, width: Int, at offset: Int) -> Bool {
        overwrite(number, radix: 16, padding: 0x30, width: width, at: offset)
    }

    private func overwrite(_ number: UInt64, radix: UInt64, padding: UInt8, width: Int, at offset: Int) -> Bool {
        guard width > 0, offset >= 0, offset <= count, width <= count - offset else { return false }
        var needed = 1
        var rest = number / radix
        while rest != 0 {
            needed += 1
            rest /= radix
        }
        guard needed <= width else { return false }
        rest = number
        for index in stride(from: width - 1, through: 0, by: -1) {
            let isDigit = width - index <= needed
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            let byte = isDigit ? (digit < 10 ? digit &+ 0x30 : digit &+ 0x57) : padding
            // Safe: offset + width lies inside the readable bytes.
            unsafe base.storeBytes(of: byte, toByteOffset: start + offset + index, as: UInt8.self)
            rest /= radix
        }
        return true
    }

    /// Inserts a text before readable byte `offset`; false, and nothing changed, when it does not fit.
    @discardableResult
    package func insert(_ text: StaticString, at offset: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset >= 0, offset <= self.count, count <= capacity - end else { return false }
        // Safe: [start + offset, end) and `count` bytes behind `end` lie inside the allocation.
        let place = unsafe base + start + offset
        unsafe (place + count).copyMemory(from: place, byteCount: self.count - offset)
        end += count
        return overwrite(text, at: offset)
    }

    /// Writes a text over readable bytes; false, and nothing changed, when they are too few.
    @discardableResult
    package func overwrite(_ text: StaticString, at offset: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset >= 0, offset <= self.count, count <= self.count - offset else { return false }
        // Safe: the place lies inside the readable bytes.
        unsafe (base + start + offset).copyMemory(from: text.utf8Start, byteCount: count)
        return true
    }

    /// Lets `body` fill the writable bytes; what it returns (0 for none) becomes readable.
    package func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        // Safe: the region [end, capacity) is ours for the duration of the call.
        let written = unsafe body(UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end))
        precondition(written >= 0 && written <= capacity - end)
        end += written
        return written
    }
}
