import Dispatch
import Synchronization
import Transport

/// Carries a listening socket from the control queue to its lane, and the outcome back.
///
/// Safe to send: written on the lane before it signals, read by the control queue after it was signalled.
final class SocketHandOver: @unchecked Sendable {
    private var socket: Socket?
    var result: Result<Void, SocketError> = .success(())

    init(_ socket: consuming Socket) { self.socket = consume socket }

    func take() -> Socket? { socket.take() }
}
