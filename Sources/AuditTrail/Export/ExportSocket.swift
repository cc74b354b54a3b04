import CSystem
import Glibc

/// A blocking socket of an exporter, all of whose calls have a time limit. Confined to its exporter's queue.
final class ExportSocket {
    enum Kind { case datagrams, stream }

    private let descriptor: Int32
    private let peer: String

    private static let pieceBytes = 16 << 10
    /// Milliseconds between two looks whether everything has arrived.
    private static let lookMicroseconds: UInt32 = 500

    /// Connects to the first address of the host that answers.
    init(_ host: String, _ port: UInt16, _ kind: Kind, timeoutMilliseconds: Int) throws(ExportFailure) {
        peer = "\(host):\(port)"
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32((kind == .stream ? SOCK_STREAM : SOCK_DGRAM).rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &found)
        guard code == 0 else {
            throw ExportFailure("\(host) cannot be resolved: \(unsafe String(cString: gai_strerror(code)))")
        }
        defer { unsafe freeaddrinfo(found) }
        var failure = ExportFailure("\(host) has no address")
        // Safe: the list is the resolver's, and stays until it is freed above.
        var next = unsafe found
        while let address = unsafe next {
            do throws(ExportFailure) {
                descriptor = try unsafe Self.connected(address, timeoutMilliseconds, peer)
                return
            } catch { failure = error }
            unsafe next = address.pointee.ai_next
        }
        throw failure
    }

    deinit { close(descriptor) }

    @unsafe private static func connected(
        _ address: UnsafeMutablePointer<addrinfo>, _ timeoutMilliseconds: Int, _ peer: String
    ) throws(ExportFailure) -> Int32 {
        let descriptor = unsafe socket(
            address.pointee.ai_family, address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
            address.pointee.ai_protocol)
        guard descriptor >= 0 else { throw ExportFailure("there is no socket to be had: \(LogFile.reason)") }
        var limit = timeval(tv_sec: timeoutMilliseconds / 1_000, tv_usec: timeoutMilliseconds % 1_000 * 1_000)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard unsafe connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            let failure = ExportFailure("no connection to \(peer): \(LogFile.reason)")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    func send(_ bytes: [UInt8]) throws(ExportFailure) {
        var sent = 0
        while sent < bytes.count {
            // Safe: the pointer is used during the call alone, within the bounds of the array's rest.
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ExportFailure("\(peer) takes no more: \(LogFile.reason)") }
            sent += count
        }
    }

    /// Sends over a stream, and waits until the other machine has acknowledged every byte.
    func deliver(_ bytes: [UInt8], _ timeoutMilliseconds: Int) throws(ExportFailure) {
        try send(bytes)
        let deadline = SystemClock.monotonicMilliseconds + UInt64(timeoutMilliseconds)
        while true {
            let unacknowledged = csystem_unacknowledged_bytes(descriptor)
            if unacknowledged == 0 { return }
            guard unacknowledged > 0, SystemClock.monotonicMilliseconds < deadline, !isEnded else {
                throw ExportFailure("\(peer) does not acknowledge what it was sent")
            }
            usleep(Self.lookMicroseconds)
        }
    }

    /// What has come; nil at the end.
    func receive() throws(ExportFailure) -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        // Safe: the call writes at most as many bytes as the array has.
        let count = unsafe piece.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw ExportFailure("no answer from \(peer): \(LogFile.reason)") }
        return count == 0 ? nil : Array(piece[..<count])
    }

    /// The peer has closed a stream, or it failed. What a receiver of syslog sends is thrown away.
    var isEnded: Bool {
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        // Safe: as above.
        let count = unsafe piece.withUnsafeMutableBytes { bytes in
            unsafe recv(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
        }
        return count == 0 || count < 0 && errno != EAGAIN && errno != EWOULDBLOCK
    }
}
