/// Deadlines of one lane's channels, in a hashed timing wheel.
///
/// Moving a deadline later, which every exchange does several times, is one store: the channel stays in its slot
/// and is put into the right one when the slot comes up. Only a deadline that moves *earlier* than its slot is
/// relinked. Deadlines fire up to one tick late, never early.
struct DeadlineWheel {
    /// Milliseconds a slot stands for.
    static let tick: UInt64 = 50
    static let slotCount = 512

    private var slots = [Channel?](repeating: nil, count: slotCount)
    /// The next tick to look at.
    private var cursor: UInt64
    /// No linked tick is earlier than this; `UInt64.max` when nothing is linked.
    private var earliest = UInt64.max
    private(set) var count = 0

    init(now: UInt64) { cursor = now / Self.tick }

    /// Makes sure that `channel.deadline` will be noticed.
    mutating func schedule(_ channel: Channel, now: UInt64) {
        if count == 0 { cursor = now / Self.tick }
        let due = max((channel.deadline + Self.tick - 1) / Self.tick, cursor)
        if channel.wheelTick != Channel.unscheduled {
            if channel.wheelTick <= due { return }
            unlink(channel)
        }
        link(channel, at: min(due, cursor + UInt64(Self.slotCount) - 1))
    }

    mutating func remove(_ channel: Channel) {
        if channel.wheelTick != Channel.unscheduled { unlink(channel) }
    }

    /// Milliseconds at which the wheel wants to be looked at again; nil when it is empty.
    var nextTime: UInt64? { earliest == .max ? nil : earliest * Self.tick }

    /// Takes the next channel whose deadline is at or before `now` out of the wheel.
    mutating func takeExpired(now: UInt64) -> Channel? {
        let current = now / Self.tick
        guard earliest <= current else { return nil }
        cursor = max(cursor, earliest)
        while cursor <= current {
            let slot = Int(cursor % UInt64(Self.slotCount))
            guard let channel = slots[slot] else {
                cursor += 1
                continue
            }
            unlink(channel)
            guard channel.deadline != 0 else { continue }
            if channel.deadline <= now { return channel }
            let due = (channel.deadline + Self.tick - 1) / Self.tick
            link(channel, at: min(max(due, cursor + 1), cursor + UInt64(Self.slotCount) - 1))
        }
        findEarliest()
        return nil
    }

    private mutating func findEarliest() {
        earliest = .max
        guard count > 0 else { return }
        for offset in 0..<UInt64(Self.slotCount) where slots[Int((cursor + offset) % UInt64(Self.slotCount))] != nil {
            earliest = cursor + offset
            return
        }
    }

    private mutating func link(_ channel: Channel, at tick: UInt64) {
        let slot = Int(tick % UInt64(Self.slotCount))
        channel.wheelTick = tick
        channel.wheelNext = slots[slot]
        unsafe channel.wheelPrevious = nil
        unsafe slots[slot]?.wheelPrevious = channel
        slots[slot] = channel
        earliest = min(earliest, tick)
        count += 1
    }

    private mutating func unlink(_ channel: Channel) {
        let slot = Int(channel.wheelTick % UInt64(Self.slotCount))
        if let previous = unsafe channel.wheelPrevious {
            previous.wheelNext = channel.wheelNext
        } else {
            slots[slot] = channel.wheelNext
        }
        unsafe channel.wheelNext?.wheelPrevious = channel.wheelPrevious
        channel.wheelNext = nil
        unsafe channel.wheelPrevious = nil
        channel.wheelTick = Channel.unscheduled
        count -= 1
        if count == 0 { earliest = .max }
    }
}
