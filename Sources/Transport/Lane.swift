import CSystem
import Dispatch
import Glibc
import HTTPWire
import Synchronization

/// Bounds of a lane's loop and buffers.
package struct LaneLimits: Sendable {
    /// Events taken from the kernel per `epoll_wait`.
    package var events = 256
    /// Batches of events before the lane goes back to Dispatch.
    package var rounds = 4096
    /// Milliseconds to wait for more events before going back to Dispatch; saves a thread switch per exchange.
    package var linger: Int32 = 4
    /// Bytes of the receive buffer that a lane's channels share, and of each buffer that a connection borrows.
    package var bufferSize = 64 * 1024
    /// Buffers kept for reuse.
    package var idleBuffers = 256

    package init() {}
}

/// One serial queue that owns a set of channels, their buffers and deadlines.
///
/// An epoll set holds the lane's sockets; one dispatch source watches the epoll descriptor, and its handler drains
/// it in a bounded loop. Other threads reach the lane only through `post`.
///
/// Safe to send: everything but `mailbox` and `wakeup` is touched on `queue` alone, which `assertConfined` checks
/// in debug builds; `mailbox` is a mutex, `wakeup` an eventfd that lives as long as the lane.
@safe public final class Lane: @unchecked Sendable {
    package let number: Int
    package let limits: LaneLimits
    private let queue: DispatchQueue
    private let set: Int32
    private let timer: Int32
    private let wakeup: Int32
    private let mailbox = Mutex<[@Sendable () -> Void]>([])
    /// True while a wake-up is on its way, so that a burst of posts costs one system call.
    private let woken = Atomic<Bool>(false)

    // Not visible outside the module, nor are the channel's: the compiler then proves exclusive access instead of
    // checking it at run time.
    private var clock = LaneTime()
    package var time: LaneTime { clock }
    var deadlines: DeadlineWheel
    /// The receive buffer that all channels share; empty between two events.
    package let receiveBuffer: ByteBuffer
    /// What runs after each batch of events, once the channels closed in it are gone, before the lane waits: the place
    /// to store what the batch gathered.
    package var batchEnded: (() -> Void)?

    private var source: (any DispatchSourceRead)?
    private var events: UnsafeMutablePointer<epoll_event>
    private var retired: [Channel] = []
    /// Channels that stopped for fairness with work left; visited again in the next turn.
    private var unfinished: [Channel] = []
    private var buffers: [ByteBuffer] = []
    /// How many those are: reading it needs no check for exclusive access.
    private var idleCount = 0
    private var channels = 0
    /// Events of the present batch.
    private(set) var eventCount = 0
    private var armedFor: UInt64 = 0
    private var whenEmpty: (() -> Void)?

    package init(number: Int, limits: LaneLimits = LaneLimits()) throws(SocketError) {
        self.number = number
        self.limits = limits
        queue = DispatchQueue(label: "nodegate.lane.\(number)", qos: .userInitiated)
        set = epoll_create1(Int32(EPOLL_CLOEXEC))
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        deadlines = DeadlineWheel(now: csystem_monotonic_milliseconds())
        receiveBuffer = ByteBuffer(capacity: limits.bufferSize)
        unsafe events = .allocate(capacity: limits.events)
        guard set >= 0, timer >= 0, wakeup >= 0 else {
            throw .failed("cannot make a lane", errno: csystem_errno())
        }
        // The two descriptors are told apart from channels by their owner: null, or the events array itself.
        _ = csystem_epoll_add(set, wakeup, nil, 0)
        unsafe _ = csystem_epoll_add(set, timer, events, 0)
    }

    deinit {
        unsafe events.deallocate()
        for descriptor in [set, timer, wakeup] where descriptor >= 0 { close_descriptor(descriptor) }
    }

    /// Starts to watch the sockets.
    package func start() {
        let source = DispatchSource.makeReadSource(fileDescriptor: set, queue: queue)
        source.setEventHandler { [unowned self] in drain() }
        // Nothing runs on the queue before the source is activated.
        self.source = source
        source.activate()
    }

    /// Stops for good once every channel is closed; the lane may be let go afterwards.
    package func stop(_ done: @escaping @Sendable () -> Void) {
        post {
            self.whenEmpty = {
                self.batchEnded = nil
                // The descriptor is closed by deinit, which must wait for the source's cancellation.
                self.source?.setCancelHandler {
                    _ = self.set
                    done()
                }
                self.source?.cancel()
                self.source = nil
            }
            self.stopIfEmpty()
        }
    }

    /// Runs `work` on the lane soon. From any thread.
    package func post(_ work: @escaping @Sendable () -> Void) {
        mailbox.withLock { $0.append(work) }
        wake()
    }

    private func wake() {
        if !woken.exchange(true, ordering: .acquiringAndReleasing) {
            _ = eventfd_write(wakeup, 1)
        }
    }

    package func assertConfined() {
        assert({
            dispatchPrecondition(condition: .onQueue(queue))
            return true
        }())
    }

    // MARK: Channels

    /// Registers a channel; the lane keeps it until it is closed.
    package func register(_ channel: Channel) throws(SocketError) {
        assertConfined()
        // Balanced in `releaseRetired`, after the last event that could name the channel.
        let owner = unsafe Unmanaged.passRetained(channel)
        guard unsafe csystem_epoll_add(set, channel.descriptor, owner.toOpaque(), channel is Listener ? 0 : 1) == 0 else {
            let code = csystem_errno()
            unsafe owner.release()
            throw .failed("cannot watch a socket", errno: code)
        }
        channel.isRegistered = true
        channels += 1
    }

    func unwatch(_ descriptor: Int32) { _ = csystem_epoll_remove(set, descriptor) }

    func pause(_ listener: Listener, _ paused: Bool) {
        unsafe _ = csystem_epoll_pause(
            set, listener.descriptor, Unmanaged.passUnretained(listener).toOpaque(), paused ? 1 : 0)
    }

    /// Has `channel.ready` called again after the other channels had their turn: a channel with more work than is
    /// fair in one go says so here, since its socket will not raise another edge.
    package func revisit(_ channel: Channel) {
        guard !channel.awaitsTurn else { return }
        channel.awaitsTurn = true
        unfinished.append(channel)
    }

    func retire(_ channel: Channel) { retired.append(channel) }

    /// Channels registered and not yet closed.
    package var channelCount: Int { channels }

    // MARK: Buffers

    /// An empty buffer of `limits.bufferSize` bytes.
    package func borrowBuffer() -> ByteBuffer {
        guard idleCount > 0 else { return ByteBuffer(capacity: limits.bufferSize) }
        idleCount -= 1
        return buffers.removeLast()
    }

    package func returnBuffer(_ buffer: ByteBuffer) {
        guard idleCount < limits.idleBuffers else { return }
        buffer.removeAll()
        buffers.append(buffer)
        idleCount += 1
    }

    // MARK: The loop

    private func drain() {
        var round = 0
        // After the last event, wait a little: under load the next one is near, and going back to Dispatch costs
        // two system calls and a thread switch.
        while round < limits.rounds, turn(wait: limits.linger) { round += 1 }
        armTimer()
        if !unfinished.isEmpty { wake() }
    }

    /// One batch of events; false when there were none.
    private func turn(wait: Int32) -> Bool {
        armTimer()
        let again = takeUnfinished()
        let count = unsafe epoll_wait(set, events, Int32(limits.events), again.isEmpty ? wait : 0)
        clock = LaneTime()
        eventCount = Int(max(count, 0))
        guard count > 0 || !again.isEmpty else { return false }
        var posted = false
        for index in 0..<Int32(eventCount) {
            let flags = unsafe csystem_event_flags(events, index)
            let owner = unsafe csystem_event_owner(events, index)
            if let owner = unsafe owner {
                if unsafe owner == UnsafeMutableRawPointer(events) {
                    readCounter(timer)
                } else {
                    // Safe: registered channels are retained until the end of the batch in which they close.
                    unsafe Unmanaged<Channel>.fromOpaque(owner)._withUnsafeGuaranteedRef { $0.deliver(flags) }
                }
            } else {
                readCounter(wakeup)
                posted = true
            }
        }
        for channel in again {
            channel.awaitsTurn = false
            channel.revisit()
        }
        if posted { runPosted() }
        expireDeadlines()
        releaseRetired()
        if let batchEnded {
            // What closes meanwhile may leave something to be stored.
            repeat {
                batchEnded()
                guard !retired.isEmpty else { break }
                releaseRetired()
            } while true
        }
        stopIfEmpty()
        return true
    }

    private func takeUnfinished() -> [Channel] {
        guard !unfinished.isEmpty else { return [] }
        defer { unfinished = [] }
        return unfinished
    }

    private func runPosted() {
        woken.store(false, ordering: .releasing)
        let work = mailbox.withLock { mailbox in
            let work = mailbox
            mailbox.removeAll(keepingCapacity: true)
            return work
        }
        for item in work { item() }
    }

    private func expireDeadlines() {
        while let channel = deadlines.takeExpired(now: clock.milliseconds) {
            channel.clearDeadline()
            if channel.isOpen { channel.deadlinePassed() }
        }
    }

    private func armTimer() {
        let next = deadlines.nextTime ?? 0
        guard next != armedFor else { return }
        armedFor = next
        _ = csystem_arm_timer(timer, next)
    }

    private func releaseRetired() {
        while let channel = retired.popLast() {
            channel.closed()
            channels -= 1
            unsafe Unmanaged.passUnretained(channel).release()
        }
    }

    private func stopIfEmpty() {
        guard channels == 0, let whenEmpty else { return }
        self.whenEmpty = nil
        whenEmpty()
    }

    private func readCounter(_ descriptor: Int32) {
        var value: UInt64 = 0
        unsafe _ = Glibc.read(descriptor, &value, 8)
    }
}

/// A value made and used on one lane, which other threads may carry but not open.
///
/// Safe to send: `value` is only reached on the lane's queue, checked in debug builds.
package final class LaneConfined<Value>: @unchecked Sendable {
    private let lane: Lane
    private let content: Value

    package init(_ value: Value, lane: Lane) {
        content = value
        self.lane = lane
    }

    package var value: Value {
        lane.assertConfined()
        return content
    }
}
