import COpenSSL
import Cryptography
import Synchronization

/// The keys under which a server hands its sessions to clients (RFC 5077, RFC 8446 section 4.6.1).
///
/// One object outlives the contexts of many reloads, so that sessions survive them. A key seals for one interval
/// and opens for one more; then what was recorded under it cannot be read any more by whoever takes the key.
package final class TLSTicketKeys: Sendable {
    package static let defaultInterval: Int64 = 12 * 3600

    struct Key {
        var name: [UInt8]
        var cipherKey: [UInt8]
        var macKey: [UInt8]
    }

    private struct State {
        /// The sealing key, and the one before it.
        var keys: [Key]
        var rotated: Int64
    }

    /// Seconds.
    package let interval: Int64
    private let state: Mutex<State>

    /// - Parameter now: Unix seconds.
    package init(now: Int64, interval: Int64 = defaultInterval) throws(CryptographyError) {
        self.interval = interval
        state = Mutex(State(keys: [try Self.makeKey()], rotated: now))
    }

    /// Makes a new key when the current one has served its interval.
    ///
    /// - Returns: Whether it did.
    @discardableResult
    package func rotate(now: Int64) throws(CryptographyError) -> Bool {
        guard state.withLock({ now - $0.rotated >= interval || now < $0.rotated }) else { return false }
        let key = try Self.makeKey()
        state.withLock { state in
            // After two intervals even the key in use is too old to open anything.
            let keepsCurrent = now - state.rotated < 2 * interval
            for index in state.keys.indices where index > 0 || !keepsCurrent { Self.cleanse(&state.keys[index]) }
            state.keys = keepsCurrent ? [key, state.keys[0]] : [key]
            state.rotated = now
        }
        return true
    }

    private static func makeKey() throws(CryptographyError) -> Key {
        Key(name: try SecureRandom.bytes(16), cipherKey: try SecureRandom.bytes(32), macKey: try SecureRandom.bytes(32))
    }

    private static func cleanse(_ key: inout Key) {
        unsafe OPENSSL_cleanse(&key.cipherKey, key.cipherKey.count)
        unsafe OPENSSL_cleanse(&key.macKey, key.macKey.count)
    }

    /// What libssl's ticket callback answers: negative for an error, 0 for a ticket of no known key, 1 for done,
    /// 2 for a good ticket that should be replaced by one under the current key.
    @unsafe func apply(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer,
        _ mac: OpaquePointer, sealing: Bool
    ) -> Int32 {
        state.withLock { state in
            if sealing {
                let key = state.keys[0]
                // Safe: libssl gives 16 bytes of room for either.
                for index in 0..<16 { unsafe name[index] = key.name[index] }
                return unsafe RAND_bytes(vector, 16) == 1
                    && copenssl_init_ticket_cipher(cipher, key.cipherKey, vector, 1) == 1
                    && copenssl_init_ticket_mac(mac, key.macKey) == 1 ? 1 : -1
            }
            let asked = unsafe [UInt8](UnsafeBufferPointer(start: name, count: 16))
            guard let index = state.keys.firstIndex(where: { $0.name == asked }) else { return 0 }
            let key = state.keys[index]
            guard unsafe copenssl_init_ticket_mac(mac, key.macKey) == 1,
                unsafe copenssl_init_ticket_cipher(cipher, key.cipherKey, vector, 0) == 1
            else { return -1 }
            return index == 0 ? 1 : 2
        }
    }
}
