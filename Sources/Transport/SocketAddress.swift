import CSystem
import Glibc
import HTTPWire

/// Why an address or a socket could not be used; the text says what was tried.
package enum SocketError: Error, Equatable, CustomStringConvertible {
    case badAddress(String)
    case unknownHost(String, reason: String)
    case addressInUse(String)
    case permissionDenied(String)
    case failed(String, errno: Int32)

    package var description: String {
        switch self {
        case .badAddress(let text):
            "'\(text)' is not an address; write 127.0.0.1:8080, [::1]:8080, *:8080 or name:8080"
        case .unknownHost(let host, let reason): "host '\(host)' cannot be resolved: \(reason)"
        case .addressInUse(let address): "\(address) is in use by another process; stop it or choose another port"
        case .permissionDenied(let address):
            "not allowed to listen on \(address); ports below 1024 need root or CAP_NET_BIND_SERVICE"
        case .failed(let what, let code): "\(what): \(unsafe String(cString: strerror(code)))"
        }
    }
}

/// An IPv4 or IPv6 address with a port. Two are equal when they are written alike, their scope included.
package struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
    var storage: sockaddr_storage
    var length: socklen_t

    /// The address as 16 bytes, IPv4 mapped into IPv6 (RFC 4291 section 2.5.5.2).
    package let bytes: InlineArray<16, UInt8>
    package let port: UInt16

    init(storage: sockaddr_storage, length: socklen_t) {
        self.storage = storage
        self.length = length
        var raw = (UInt64(0), UInt64(0))
        var port: UInt16 = 0
        var copy = storage
        // Safe: the callee writes exactly 16 bytes.
        unsafe withUnsafeMutableBytes(of: &raw) { out in
            unsafe _ = csystem_address_bytes(&copy, out.baseAddress?.assumingMemoryBound(to: UInt8.self), &port)
        }
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        for index in 0..<8 {
            bytes[index] = UInt8(truncatingIfNeeded: raw.0 >> (8 * UInt64(index)))
            bytes[index + 8] = UInt8(truncatingIfNeeded: raw.1 >> (8 * UInt64(index)))
        }
        self.bytes = bytes
        self.port = port
    }

    package var isIPv6: Bool { Int32(storage.ss_family) == AF_INET6 }
    var family: Int32 { Int32(storage.ss_family) }

    /// Without the port.
    package var ip: IPAddress {
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            words.0 = words.0 << 8 | UInt64(bytes[index])
            words.1 = words.1 << 8 | UInt64(bytes[index + 8])
        }
        return IPAddress(high: words.0, low: words.1)
    }

    /// The host alone, without brackets.
    package var host: String {
        var copy = storage
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = unsafe getnameinfo(
            csystem_sockaddr(&copy), length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    package static func == (left: SocketAddress, right: SocketAddress) -> Bool {
        left.port == right.port && left.isIPv6 == right.isIPv6 && left.host == right.host
    }

    /// Resolves `host:port`, `[v6]:port` or `*:port` (any address); the first answer comes first.
    ///
    /// Blocks on the resolver for names; used at start-up and on the control queue, never on a lane.
    package static func resolve(_ text: String, listening: Bool = false) throws(SocketError) -> [SocketAddress] {
        guard let colon = text.lastIndex(of: ":") else { throw .badAddress(text) }
        var host = String(text[..<colon])
        guard let port = UInt16(text[text.index(after: colon)...]) else { throw .badAddress(text) }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        else if host.contains(":") { throw .badAddress(text) }
        if host.isEmpty { throw .badAddress(text) }
        return try lookUp(host, port, listening: listening)
    }

    /// - Parameter host: A name or an address, without brackets.
    static func lookUp(_ host: String, _ port: UInt16, listening: Bool) throws(SocketError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = listening ? AI_PASSIVE | AI_NUMERICSERV : AI_NUMERICSERV
        unsafe hints.ai_family = AF_UNSPEC
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host == "*" ? nil : host, String(port), &hints, &list)
        guard code == 0 else {
            throw .unknownHost(host, reason: unsafe String(cString: gai_strerror(code)))
        }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr,
                unsafe Int(entry.pointee.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size
            {
                var storage = sockaddr_storage()
                // Safe: the length was checked against the storage.
                unsafe withUnsafeMutableBytes(of: &storage) { out in
                    unsafe out.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen)))
                }
                found.append(unsafe SocketAddress(storage: storage, length: entry.pointee.ai_addrlen))
            }
            unsafe next = entry.pointee.ai_next
        }
        guard !found.isEmpty else { throw .unknownHost(host, reason: "no address") }
        // `*` means every IPv4 and IPv6 address; one dual-stack socket serves both.
        if host == "*", let any = found.first(where: \.isIPv6) { return [any] }
        return found
    }

    /// The address a socket is bound to.
    static func local(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        guard unsafe getsockname(descriptor, csystem_sockaddr_mutable(&storage), &length) == 0 else { return nil }
        return SocketAddress(storage: storage, length: length)
    }
}
