import HTTPWire
import Settings
import Testing

@testable import Gateway

@Suite("Refused credentials are counted by address, in bounded memory")
struct FailureThrottleTests {
    private func limits(_ failures: Int, window: UInt64 = 10_000, addresses: Int = 8) -> Settings.Throttle {
        var limits = Settings.Throttle()
        limits.failures = failures
        limits.window = window
        limits.addresses = addresses
        return limits
    }

    private func address(_ number: Int) -> IPAddress { IPAddress(ipv4: 0x0a00_0000 + UInt32(number)) }

    @Test("The first beyond the limit is throttled, for the rest of the window, and each address by itself")
    func window() {
        var throttle = FailureThrottle()
        let limits = limits(3)
        for time in [1_000, 2_000, 3_000] as [UInt64] { #expect(throttle.count(address(1), at: time, limits) == nil) }
        #expect(throttle.count(address(1), at: 4_000, limits) == 7)
        #expect(throttle.count(address(1), at: 10_999, limits) == 1)
        #expect(throttle.count(address(2), at: 4_000, limits) == nil)
        // A new window begins with the first failure after the old one.
        #expect(throttle.count(address(1), at: 11_000, limits) == nil)
        for time in [12_000, 13_000] as [UInt64] { #expect(throttle.count(address(1), at: time, limits) == nil) }
        #expect(throttle.count(address(1), at: 14_000, limits) == 7)
    }

    @Test("No limit: nothing is counted; zero: everything is refused")
    func extremes() {
        var throttle = FailureThrottle()
        for time in 0..<500 { #expect(throttle.count(address(1), at: UInt64(time), limits(.max)) == nil) }
        #expect(throttle.footprint == 0)
        #expect(throttle.count(address(1), at: 0, limits(0)) == 10)
        #expect(throttle.count(address(1), at: 1, limits(0)) == 10)
        #expect(throttle.count(address(2), at: 1, limits(0, window: 500)) == 1)
    }

    @Test("The oldest is forgotten when there are too many; the others keep their counts")
    func room() {
        var throttle = FailureThrottle()
        let limits = limits(1, addresses: 4)
        for number in 0..<4 { #expect(throttle.count(address(number), at: UInt64(number), limits) == nil) }
        #expect(throttle.count(address(4), at: 4, limits) == nil)
        #expect(throttle.count(address(1), at: 5, limits) == 10)
        #expect(throttle.count(address(3), at: 5, limits) == 10)
        #expect(throttle.count(address(0), at: 5, limits) == nil)
    }

    @Test("A window that began anew is not forgotten in the place of its predecessor")
    func renewed() {
        var throttle = FailureThrottle()
        let limits = limits(1, addresses: 2)
        #expect(throttle.count(address(1), at: 0, limits) == nil)
        #expect(throttle.count(address(2), at: 1, limits) == nil)
        // 1 begins anew, so 2 is the oldest now.
        #expect(throttle.count(address(1), at: 10_000, limits) == nil)
        #expect(throttle.count(address(3), at: 10_001, limits) == nil)
        #expect(throttle.count(address(1), at: 10_002, limits) != nil)
    }

    @Test("Memory is bounded, whoever fails and however often")
    func memory() {
        let limits = limits(5, window: 100, addresses: 8)
        var few = FailureThrottle()
        for time in 0..<20_000 { _ = few.count(address(time % 3), at: UInt64(time) * 40, limits) }
        #expect(few.footprint <= 8 * 6)
        var many = FailureThrottle()
        for time in 0..<20_000 { _ = many.count(address(time), at: UInt64(time), limits) }
        #expect(many.footprint <= 8 * 6)
        var none = FailureThrottle()
        for time in 0..<1_000 { _ = none.count(address(time), at: UInt64(time), self.limits(5, addresses: 0)) }
        #expect(none.footprint <= 6)
    }
}
