import Foundation
import HTTPWire

/// A blocking HTTP/1.1 client for the demo: one connection to 127.0.0.1 per request, which asks the server to close,
/// and small answers only.
struct LoopbackClient {
    let port: UInt16

    private static let timeoutSeconds = 10
    private static let greatestAnswer = 1 << 20
    private static let readBytes = 16 * 1_024

    /// Sends the bytes as they stand and reads what comes until the server closes.
    func exchange(_ request: [UInt8]) throws(CommandFailure) -> [UInt8] {
        let descriptor = try connected()
        defer { close(descriptor) }
        try send(request, to: descriptor)
        return try receive(from: descriptor)
    }

    private func connected() throws(CommandFailure) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("there is no socket to be had") }
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // Safe: a sockaddr_in is what an AF_INET socket takes, and its own size is given with it.
        let code = unsafe withUnsafeBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress else { return Int32(-1) }
            return unsafe connect(descriptor, start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard code == 0 else {
            let failure = failure("no connection to 127.0.0.1:\(port)")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) throws(CommandFailure) {
        var sent = 0
        while sent < bytes.count {
            // Safe: the pointer is used during the call alone, within the bounds of the array's rest.
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe Foundation.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failure("the request could not be sent") }
            sent += count
        }
    }

    private func receive(from descriptor: Int32) throws(CommandFailure) -> [UInt8] {
        var received: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: Self.readBytes)
        while true {
            // Safe: as above; the call writes at most `count` bytes.
            let count = unsafe piece.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count >= 0 else { throw failure("no whole answer came within \(Self.timeoutSeconds) seconds") }
            guard count > 0 else { return received }
            received += piece[..<count]
            guard received.count <= Self.greatestAnswer else {
                throw CommandFailure("the answer has more than \(Self.greatestAnswer) bytes.")
            }
        }
    }

    private func failure(_ what: String) -> CommandFailure {
        CommandFailure("\(what): \(POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO).localizedDescription)")
    }
}
