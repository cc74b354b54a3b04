import CSystem
import Dispatch
import Glibc
import Synchronization

/// What the accepting thread and the connections' threads share with the server.
final class SimulatorCore: Sendable {
    private static let backlog: Int32 = 512
    /// The pause before the next `accept` when the process has no descriptor left.
    private static let exhaustedMilliseconds: Int32 = 20

    private struct Memory {
        var listener: Int32?
        var port: UInt16 = 0
        var open: [Int: Int32] = [:]
        var accepted = 0
        var scenario: ScenarioChoice?
    }

    let appliance: Appliance
    private let memory: Mutex<Memory>
    private let slots: DispatchSemaphore
    private let threads = DispatchGroup()

    init(_ appliance: Appliance, scenario: ScenarioChoice?) {
        self.appliance = appliance
        memory = Mutex(Memory(scenario: scenario))
        slots = DispatchSemaphore(value: max(1, appliance.settings.limits.connections))
    }

    var port: UInt16 { memory.withLock(\.port) }
    var openCount: Int { memory.withLock(\.open.count) }
    var acceptedCount: Int { memory.withLock(\.accepted) }

    func setScenario(_ scenario: ScenarioChoice?) { memory.withLock { $0.scenario = scenario } }

    func start() throws(SimulatorError) -> UInt16 {
        guard memory.withLock({ $0.listener == nil }) else { throw .alreadyStarted }
        let before = port
        let wanted = before == 0 ? appliance.settings.port : before
        let (listener, bound) = try ListeningSocket.open(
            host: appliance.settings.host, port: wanted, backlog: Self.backlog)
        memory.withLock { memory in
            memory.listener = listener
            memory.port = bound
        }
        threads.enter()
        BlockingThread.run { [self] in
            accept(from: listener)
            threads.leave()
        }
        return bound
    }

    private func accept(from listener: Int32) {
        defer { close(listener) }
        while true {
            slots.wait()
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor >= 0 {
                serve(descriptor)
                continue
            }
            let error = csystem_errno()
            slots.signal()
            switch error {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                // Somebody else has to close something first.
                var nothing = pollfd(fd: -1, events: 0, revents: 0)
                unsafe _ = poll(&nothing, 1, Self.exhaustedMilliseconds)
            default: return
            }
        }
    }

    private func serve(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let number: Int? = memory.withLock { memory in
            guard memory.listener != nil else { return nil }
            memory.accepted += 1
            memory.open[memory.accepted] = descriptor
            return memory.accepted
        }
        guard let number else {
            close(descriptor)
            slots.signal()
            return
        }
        threads.enter()
        BlockingThread.run { [self] in
            let socket = PeerSocket(descriptor: descriptor, idleSeconds: appliance.settings.limits.idleSeconds)
            ConnectionLoop(socket: socket, number: number, appliance: appliance) { [self] in
                memory.withLock(\.scenario)
            }.run()
            // Out of the table first, so that nobody shuts down a descriptor that means another socket by then.
            memory.withLock { _ = $0.open.removeValue(forKey: number) }
            close(descriptor)
            slots.signal()
            threads.leave()
        }
    }

    func dropConnections() {
        memory.withLock { memory in
            for descriptor in memory.open.values { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    func stop() {
        memory.withLock { memory in
            guard let listener = memory.listener else { return }
            memory.listener = nil
            // Wakes `accept`; the accepting thread closes the descriptor.
            shutdown(listener, Int32(SHUT_RDWR))
        }
        dropConnections()
        _ = threads.wait(timeout: .now() + .seconds(appliance.settings.limits.stopSeconds))
    }
}

/// A thread for work that blocks; Dispatch has too few of them.
enum BlockingThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func run(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        // Safe: the one reference made here is taken over by the thread, or by the failure branch.
        let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
        let code = unsafe pthread_create(&thread, nil, { argument in
            if let argument = unsafe argument {
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
            }
            return nil
        }, work)
        guard code == 0 else {
            unsafe DispatchQueue.global().async(execute: Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body)
            return
        }
        pthread_detach(thread)
    }
}
