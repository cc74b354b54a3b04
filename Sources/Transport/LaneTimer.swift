import CSystem
import Glibc

/// Calls back on its lane once a time has passed; `setDeadline` says when, and may be called again.
///
/// It holds a descriptor, by which the lane's wheel tells what is open from what is not, and no event ever comes of it.
package final class LaneTimer: Channel {
    private let fired: () -> Void

    /// - Parameter fired: Runs on the lane. What it captures lives until the timer is closed.
    package init(lane: Lane, fired: @escaping () -> Void) throws(SocketError) {
        let descriptor = eventfd(0, Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .failed("cannot make a timer", errno: csystem_errno()) }
        self.fired = fired
        super.init(lane: lane, socket: Socket(descriptor: descriptor))
    }

    package override func deadlinePassed() { fired() }
}
