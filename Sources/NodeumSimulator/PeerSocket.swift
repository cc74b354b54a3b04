import CSystem
import Glibc

/// The peer closed, was silent for too long, or the server stopped.
struct PeerGone: Error {}

/// One accepted connection, read through a buffer and written whole; blocking.
///
/// Belongs to one thread. The descriptor is closed by ``SimulatorCore``, which may also shut it down from another
/// thread, so that every call here fails.
final class PeerSocket {
    private static let bufferSize = 64 * 1024
    /// How much is read and dropped, and how long a pause may be, after an answer that came before its request's end.
    private static let lingerBytes = 64 * 1024 * 1024
    private static let lingerSeconds = 1

    let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: bufferSize)
    private var start = 0
    private var end = 0

    init(descriptor: Int32, idleSeconds: Int) {
        self.descriptor = descriptor
        var timeout = timeval(tv_sec: idleSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private func fill() throws(PeerGone) {
        if start == end { (start, end) = (0, 0) }
        while true {
            // Safe: the space from `end` on belongs to the array, and the kernel writes no more than its count.
            let received = unsafe buffer.withUnsafeMutableBytes { space in
                unsafe recv(descriptor, space.baseAddress.map { unsafe $0 + end }, space.count - end, 0)
            }
            if received > 0 {
                end += received
                return
            }
            guard received < 0, csystem_errno() == EINTR else { throw PeerGone() }
        }
    }

    /// A line without its LF and without a CR before it; nil when it is longer than `limit` bytes.
    func line(limit: Int) throws(PeerGone) -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if start == end { try fill() }
            if let newline = buffer[start..<end].firstIndex(of: 0x0a) {
                line += buffer[start..<newline]
                start = newline + 1
                guard line.count <= limit else { return nil }
                if line.last == 0x0d { line.removeLast() }
                return line
            }
            line += buffer[start..<end]
            start = end
            guard line.count <= limit else { return nil }
        }
    }

    /// Between 1 and `count` bytes, handed to `body` where they lie.
    func read(_ count: UInt64, _ body: (Span<UInt8>) -> Void) throws(PeerGone) -> Int {
        if start == end { try fill() }
        let taken = Int(min(count, UInt64(end - start)))
        body(buffer.span.extracting(start..<(start + taken)))
        start += taken
        return taken
    }

    /// Reads and drops until the peer closes or `limit` bytes came.
    func drain(limit: Int = .max) {
        var left = limit
        do {
            while left > 0 {
                start = end
                try fill()
                left -= end - start
            }
        } catch {}
    }

    func write(_ bytes: [UInt8]) throws(PeerGone) {
        var sent = 0
        while sent < bytes.count {
            // Safe: the kernel reads the array's bytes from `sent` to its end.
            let count = unsafe bytes.withUnsafeBytes { raw in
                unsafe send(descriptor, raw.baseAddress.map { unsafe $0 + sent }, raw.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count } else if csystem_errno() != EINTR { throw PeerGone() }
        }
    }

    /// Waits, but not longer than the connection lives.
    func pause(milliseconds: Int) throws(PeerGone) {
        var poll = pollfd(fd: descriptor, events: 0, revents: 0)
        guard unsafe Glibc.poll(&poll, 1, Int32(clamping: milliseconds)) == 0 else { throw PeerGone() }
    }

    /// The next close sends a reset.
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// Ends the writing side, then reads what the peer still sends, so that it gets the answer and not a reset.
    func lingerBriefly() {
        shutdown(descriptor, Int32(SHUT_WR))
        var timeout = timeval(tv_sec: Self.lingerSeconds, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        drain(limit: Self.lingerBytes)
    }
}
