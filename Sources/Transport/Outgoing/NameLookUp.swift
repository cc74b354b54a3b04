import Dispatch
import Synchronization

/// Looks names up with a deadline, which the resolver of the system does not have.
///
/// Each look-up has a thread of its own until the resolver answers or gives up; so a resolver that hangs costs its
/// caller no more than the deadline.
enum NameLookUp {
    /// Look-ups that may be under way at once. Beyond it the resolver hangs, and asking more does not help.
    private static let limit = 8
    private static let pending = Mutex(0)

    private final class Answer: Sendable {
        let addresses = Mutex<Result<[SocketAddress], SocketError>?>(nil)
        let arrived = DispatchSemaphore(value: 0)
    }

    /// The addresses of a host, in the resolver's order.
    ///
    /// - Parameter host: A name, or an address without brackets.
    static func addresses(_ host: String, _ port: UInt16, by deadline: Deadline) throws(OutgoingError) -> [SocketAddress] {
        if TLSClientSide.isAddress(host) {
            do { return try SocketAddress.lookUp(host, port, listening: false) } catch { throw .unresolved(error) }
        }
        let isWithinLimit = pending.withLock { pending in
            guard pending < limit else { return false }
            pending += 1
            return true
        }
        guard isWithinLimit else {
            throw .unresolved(.unknownHost(host, reason: "the resolver does not answer"))
        }
        let answer = Answer()
        DispatchQueue(label: "nodegate.lookup", qos: .utility).async {
            let result = Result { () throws(SocketError) in try SocketAddress.lookUp(host, port, listening: false) }
            answer.addresses.withLock { $0 = result }
            pending.withLock { $0 -= 1 }
            answer.arrived.signal()
        }
        let wait = DispatchTimeInterval.milliseconds(Int(clamping: min(deadline.remaining, UInt64(Int32.max))))
        guard answer.arrived.wait(timeout: .now() + wait) == .success, let result = answer.addresses.withLock({ $0 }) else {
            throw .deadlinePassed(peer: host, .lookUp)
        }
        do { return try result.get() } catch { throw .unresolved(error) }
    }
}
