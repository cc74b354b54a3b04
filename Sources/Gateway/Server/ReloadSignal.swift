import CSystem
import Dispatch
import Glibc

/// SIGHUP, with who sent it. Made on the first thread, before there is any other.
package final class ReloadSignal {
    private let descriptor: Int32
    private var source: (any DispatchSourceRead)?

    /// - Returns: nil when the system provides no such descriptor.
    package init?() {
        descriptor = csystem_signal_descriptor(SIGHUP)
        guard descriptor >= 0 else { return nil }
    }

    /// Calls `body` on the queue for each signal, also for one that came before.
    package func begin(on queue: DispatchQueue, _ body: @escaping @Sendable (ReloadAuthor) -> Void) {
        let descriptor = self.descriptor
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler {
            var user: UInt32 = 0
            var process: Int32 = 0
            while unsafe csystem_next_signal(descriptor, &user, &process) == 1 {
                body(ReloadAuthor(user: user, process: process))
            }
        }
        source.setCancelHandler { close(descriptor) }
        source.activate()
        self.source = source
    }

    /// Hears no more.
    package func end() {
        source?.cancel()
        source = nil
    }
}
