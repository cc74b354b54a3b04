import COpenSSL

/// Bytes that are overwritten when their owner is done with them: keys, passwords, tokens.
///
/// Safe: `base` points at `count` initialised bytes from init to deinit and is never handed out.
/// Safe to send: nothing changes the bytes after init.
@safe package struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    package let count: Int

    /// Lets `fill` write `count` bytes, which are zero before; it returns how many of them count.
    package init(count: Int, _ fill: (inout MutableSpan<UInt8>) -> Int) {
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 16)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
        var span = unsafe MutableSpan<UInt8>(
            _unsafeStart: base.assumingMemoryBound(to: UInt8.self), count: count)
        let kept = min(max(fill(&span), 0), count)
        // What the shorter secret leaves behind is overwritten now: deinit only knows the shorter one.
        unsafe OPENSSL_cleanse(base + kept, count - kept)
        self.count = kept
    }

    package init(copying bytes: borrowing Span<UInt8>) {
        let count = bytes.count
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 16)
        let target = unsafe base
        unsafe bytes.withUnsafeBytes { source in
            if let from = source.baseAddress { unsafe target.copyMemory(from: from, byteCount: count) }
        }
        self.count = count
    }

    deinit {
        unsafe OPENSSL_cleanse(base, count)
        unsafe base.deallocate()
    }

    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe Span<UInt8>(_unsafeStart: base.assumingMemoryBound(to: UInt8.self), count: count)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }
}

/// For secrets in arrays, which know no end of their own.
package enum Overwriting {
    /// Sets every byte to zero, in a way that no optimiser leaves out, and keeps the room.
    package static func clear(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        unsafe OPENSSL_cleanse(&bytes, bytes.count)
        bytes.removeAll(keepingCapacity: true)
    }
}

/// Comparison that takes as long for a wrong secret as for a right one.
package enum ConstantTime {
    /// Only a difference in length shows in the time.
    package static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        guard left.count > 0 else { return true }
        return unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { unsafe CRYPTO_memcmp(left.baseAddress, $0.baseAddress, left.count) == 0 }
        }
    }
}
