import Testing
import Transport
@testable import Gateway

@Suite("Which address of the appliance is asked")
struct UpstreamRotationTests {
    private static func addresses(_ numbers: Int...) throws -> [SocketAddress] {
        try numbers.flatMap { try SocketAddress.resolve("192.0.2.\($0):80") }
    }

    private func rotation(_ count: Int) throws -> UpstreamRotation {
        UpstreamRotation(try (1...count).flatMap { try Self.addresses($0) })
    }

    @Test("The least busy one, the first of equals")
    func leastBusy() throws {
        let rotation = try rotation(3)
        #expect((0..<6).map { _ in rotation.take().id } == [0, 1, 2, 0, 1, 2])
        rotation.closed(1)
        #expect(rotation.take().id == 1)
        #expect(rotation.take().address == (try Self.addresses(1)).first)
    }

    @Test("One that fails is left out until a probe has worked, longer each time")
    func ejection() throws {
        let rotation = try rotation(2)
        #expect(rotation.take().id == 0)
        #expect(!rotation.isTroubled)
        #expect(rotation.failed(0, at: 0) == true)
        rotation.closed(0)
        #expect(rotation.isTroubled && rotation.leftOut == 1)
        var now: UInt64 = 0
        for pause in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] as [UInt64] {
            #expect(rotation.takeProbe(at: now + pause - 1) == nil)
            now += pause
            // One probe finds out; requests never do, though its time has come.
            #expect(rotation.takeProbe(at: now)?.id == 0)
            #expect(rotation.takeProbe(at: now) == nil)
            #expect((0..<3).map { _ in rotation.take().id } == [1, 1, 1])
            #expect(rotation.failed(0, at: now) == false)
            rotation.closed(0)
        }
        #expect(rotation.takeProbe(at: now + 30_000)?.id == 0)
        #expect(rotation.worked(0) == true)
        #expect(rotation.leftOut == 0)
        #expect(rotation.take().id == 0)
        // Not a word of an answer yet: when it fails again, it is out for as long as it was.
        #expect(rotation.failed(0, at: 0) == true)
        #expect(rotation.takeProbe(at: 29_999) == nil)
        #expect(rotation.takeProbe(at: 30_000)?.id == 0)
        #expect(rotation.worked(0) == true)
        rotation.answered(0)
        #expect(!rotation.isTroubled)
        #expect(rotation.failed(0, at: 0) == true)
        #expect(rotation.takeProbe(at: 1_000)?.id == 0)
    }

    @Test("One that takes requests and gives no answer is left out too, unless it answers in between")
    func faults() throws {
        let rotation = try rotation(2)
        for _ in 0..<3 {
            for _ in 1..<UpstreamRotation.faultLimit { #expect(rotation.faulted(1, at: 0) == false) }
            #expect(rotation.isTroubled)
            rotation.answered(1)
            #expect(!rotation.isTroubled)
        }
        for _ in 1..<UpstreamRotation.faultLimit { #expect(rotation.faulted(1, at: 0) == false) }
        #expect(rotation.faulted(1, at: 0) == true)
        #expect(rotation.leftOut == 1)
        // What is still under way there changes nothing.
        #expect(rotation.faulted(1, at: 500) == false)
        rotation.answered(1)
        #expect(rotation.leftOut == 1)
        #expect((0..<3).map { _ in rotation.take().id } == [0, 0, 0])
        #expect(rotation.takeProbe(at: 1_000)?.id == 1)
    }

    @Test("When none works, requests try the one that comes back first, and all are probed in their time")
    func allOut() throws {
        let rotation = try rotation(2)
        rotation.failed(1, at: 0)
        rotation.failed(0, at: 500)
        #expect(rotation.take().id == 1)
        #expect(rotation.nextProbe == 1_000)
        #expect(rotation.takeProbe(at: 1_000)?.id == 1)
        #expect(rotation.nextProbe == 1_500)
        #expect(rotation.worked(1) == true)
        #expect(rotation.takeProbe(at: 1_499) == nil)
        #expect(rotation.takeProbe(at: 1_500)?.id == 0)
        #expect(rotation.nextProbe == nil)
    }

    @Test("New addresses join, those that stay keep what is known of them, those that are gone are forgotten")
    func replace() throws {
        let rotation = try rotation(3)
        _ = rotation.take()
        rotation.failed(1, at: 0)
        rotation.replace(with: try Self.addresses(4, 2, 1, 4))
        #expect(rotation.count == 3 && rotation.leftOut == 1)
        #expect(rotation.has(0) && rotation.has(1) && !rotation.has(2) && rotation.has(3))
        // 192.0.2.1 has a connection, 192.0.2.2 is left out.
        #expect(rotation.take().address == (try Self.addresses(4)).first)
        // A place that comes back is another one: connections of before are not its own.
        rotation.replace(with: try Self.addresses(3))
        #expect(rotation.take().id == 4)
        rotation.closed(0)
        #expect(rotation.worked(1) == false)
        #expect(rotation.faulted(2, at: 0) == false)
        rotation.renew(with: try Self.addresses(3))
        #expect(!rotation.has(4) && rotation.has(5))
        // Nothing is no place to go.
        rotation.replace(with: [])
        #expect(rotation.has(5))
    }

    @Test("A name with more addresses than are used")
    func many() throws {
        let rotation = try rotation(UpstreamRotation.greatestCount + 36)
        #expect(rotation.count == UpstreamRotation.greatestCount)
        rotation.replace(with: try (50...120).flatMap { try Self.addresses($0) })
        #expect(rotation.count == UpstreamRotation.greatestCount)
        #expect(rotation.has(49) && !rotation.has(48))
    }
}
