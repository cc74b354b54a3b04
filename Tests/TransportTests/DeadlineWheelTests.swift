import HTTPWire
import Testing
@testable import Transport

/// A channel of no socket: only its deadline counts.
private func makeChannel(_ lane: Lane) -> Channel { Channel(lane: lane, socket: Socket(descriptor: -1)) }

@Suite struct DeadlineWheelTests {
    @Test func firesEveryDeadlineOnceInTimeAndNeverEarly() throws {
        let lane = try Lane(number: 0)
        var wheel = DeadlineWheel(now: 0)
        var random = SystemRandomNumberGenerator()
        var channels: [Channel] = []
        for _ in 0..<500 {
            let channel = makeChannel(lane)
            channel.setTestDeadline(UInt64.random(in: 1...120_000, using: &random))
            wheel.schedule(channel, now: 0)
            channels.append(channel)
        }
        var fired: [ObjectIdentifier: UInt64] = [:]
        var now: UInt64 = 0
        while now <= 121_000 {
            while let channel = wheel.takeExpired(now: now) {
                #expect(channel.deadline <= now)
                #expect(now - channel.deadline <= DeadlineWheel.tick + 37)
                #expect(fired.updateValue(now, forKey: ObjectIdentifier(channel)) == nil)
            }
            if let next = wheel.nextTime { #expect(next + DeadlineWheel.tick > now) }
            now += 37
        }
        #expect(fired.count == channels.count)
        #expect(wheel.count == 0)
        #expect(wheel.nextTime == nil)
    }

    @Test func movesLaterForFreeAndEarlierAtOnce() throws {
        let lane = try Lane(number: 0)
        var wheel = DeadlineWheel(now: 0)
        let channel = makeChannel(lane)
        channel.setTestDeadline(1_000)
        wheel.schedule(channel, now: 0)
        channel.setTestDeadline(3_000)
        wheel.schedule(channel, now: 500)
        #expect(wheel.takeExpired(now: 2_000) == nil)
        channel.setTestDeadline(2_200)
        wheel.schedule(channel, now: 2_000)
        #expect(wheel.takeExpired(now: 2_149) == nil)
        #expect(wheel.takeExpired(now: 2_200) === channel)
        #expect(wheel.takeExpired(now: 9_000) == nil)
    }

    @Test func sleepsWhenEmptyAndWakesAfterAnyPause() throws {
        let lane = try Lane(number: 0)
        var wheel = DeadlineWheel(now: 0)
        let channel = makeChannel(lane)
        channel.setTestDeadline(10_000_000 + 100)
        wheel.schedule(channel, now: 10_000_000)
        #expect(wheel.takeExpired(now: 10_000_050) == nil)
        #expect(wheel.takeExpired(now: 10_000_150) === channel)
        wheel.remove(channel)
        #expect(wheel.count == 0)
    }
}
