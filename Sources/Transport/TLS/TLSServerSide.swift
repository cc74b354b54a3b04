import COpenSSL

/// What libssl's callbacks of a server look up: certificates by host name, ticket keys, protocols.
///
/// Safe to send: not changed after the context is built; libssl counts references of its contexts atomically.
@safe final class TLSServerSide: @unchecked Sendable {
    /// Contexts by host name, `*.` names without the asterisk.
    private let exact: [String: OpaquePointer]
    private let wildcard: [String: OpaquePointer]
    private let applicationProtocols: [[UInt8]]
    let tickets: TLSTicketKeys

    /// Takes over one reference of each context in `owned`.
    @unsafe init(
        names: [(String, OpaquePointer)], owned: [OpaquePointer], applicationProtocols: [String], tickets: TLSTicketKeys
    ) {
        var exact: [String: OpaquePointer] = unsafe [:]
        var wildcard: [String: OpaquePointer] = unsafe [:]
        for unsafe (name, context) in unsafe names {
            if name.hasPrefix("*.") {
                unsafe wildcard[String(name.dropFirst())] = context
            } else {
                unsafe exact[name] = context
            }
        }
        unsafe self.exact = exact
        unsafe self.wildcard = wildcard
        unsafe self.owned = owned
        self.applicationProtocols = applicationProtocols.map { Array($0.utf8) }
        self.tickets = tickets
    }

    private let owned: [OpaquePointer]

    deinit {
        for unsafe context in unsafe owned { unsafe SSL_CTX_free(context) }
    }

    /// The context for a host name; a wildcard stands for exactly one label (RFC 9525 section 6.3).
    func context(for name: String) -> OpaquePointer? {
        var name = name.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        if let found = unsafe exact[name] { return unsafe found }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return nil }
        return unsafe wildcard[String(name[dot...])]
    }

    /// Where the first of our protocols that the client's list has stands in that list.
    ///
    /// - Parameter list: Each name behind its length (RFC 7301 section 3.1).
    func select(from list: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for wanted in applicationProtocols {
            var index = 0
            while index < list.count {
                let end = unsafe index + 1 + Int(list[index])
                guard end <= list.count else { return nil }
                if unsafe list[(index + 1)..<end].elementsEqual(wanted) { return index + 1..<end }
                index = end
            }
        }
        return nil
    }

    /// The object that a context was built with.
    static func of(_ ssl: OpaquePointer?) -> TLSServerSide? {
        guard let ssl = unsafe ssl, let context = unsafe SSL_get_SSL_CTX(ssl), let owner = unsafe copenssl_owner(context)
        else { return nil }
        // Safe: the stream that drives this handshake keeps the TLSContext, which keeps this object.
        return unsafe Unmanaged<TLSServerSide>.fromOpaque(owner).takeUnretainedValue()
    }

    /// Has the contexts call back here. `self` must outlive every connection made from them.
    @unsafe func serve(_ context: OpaquePointer) {
        unsafe copenssl_set_owner(context, Unmanaged.passUnretained(self).toOpaque())
        unsafe copenssl_set_server_name_callback(context) { ssl, _, _ in
            guard let side = unsafe TLSServerSide.of(ssl), let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
                let chosen = unsafe side.context(for: String(cString: name))
            else { return SSL_TLSEXT_ERR_NOACK }
            if unsafe chosen != SSL_get_SSL_CTX(ssl) { unsafe _ = SSL_set_SSL_CTX(ssl, chosen) }
            return SSL_TLSEXT_ERR_OK
        }
        unsafe SSL_CTX_set_alpn_select_cb(context, { ssl, out, outCount, list, count, _ in
            guard let side = unsafe TLSServerSide.of(ssl), let list = unsafe list,
                let found = unsafe side.select(from: UnsafeBufferPointer(start: list, count: Int(count)))
            else { return SSL_TLSEXT_ERR_ALERT_FATAL }
            unsafe out?.pointee = list + found.lowerBound
            unsafe outCount?.pointee = UInt8(found.count)
            return SSL_TLSEXT_ERR_OK
        }, nil)
        unsafe copenssl_set_ticket_callback(context) { ssl, name, vector, cipher, mac, sealing in
            guard let side = unsafe TLSServerSide.of(ssl), let name = unsafe name, let vector = unsafe vector,
                let cipher = unsafe cipher, let mac = unsafe mac
            else { return -1 }
            return unsafe side.tickets.apply(name, vector, cipher, mac, sealing: sealing == 1)
        }
    }
}
