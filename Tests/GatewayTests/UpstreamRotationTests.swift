import Testing
@testable import Gateway

@Suite("Which address of the appliance is asked")
struct UpstreamRotationTests {
    @Test("The least busy one, the first of equals")
    func leastBusy() {
        var rotation = UpstreamRotation(count: 3)
        #expect((0..<6).map { _ in rotation.take(at: 0) } == [0, 1, 2, 0, 1, 2])
        rotation.closed(1)
        #expect(rotation.take(at: 0) == 1)
    }

    @Test("One that fails is left out, longer each time, and then tried by one connection")
    func ejection() {
        var rotation = UpstreamRotation(count: 2)
        #expect(rotation.take(at: 0) == 0)
        rotation.failed(0, at: 0)
        rotation.closed(0)
        #expect(rotation.leftOut(at: 999) == 1)
        #expect((0..<3).map { _ in rotation.take(at: 999) } == [1, 1, 1])
        // Its time has come: one tries, the others do not wait for the outcome.
        #expect(rotation.take(at: 1_000) == 0)
        #expect(rotation.take(at: 1_000) == 1)
        rotation.failed(0, at: 1_000)
        rotation.closed(0)
        #expect(rotation.take(at: 2_999) == 1)
        #expect(rotation.take(at: 3_000) == 0)
        rotation.worked(0)
        #expect(rotation.take(at: 3_000) == 0)
        #expect(rotation.leftOut(at: 3_000) == 0)
    }

    @Test("The pause has an end, whatever the number of failures")
    func longest() {
        var rotation = UpstreamRotation(count: 2)
        for _ in 0..<100 { rotation.failed(0, at: 0) }
        #expect(rotation.leftOut(at: UpstreamRotation.longestPause - 1) == 1)
        #expect(rotation.leftOut(at: UpstreamRotation.longestPause) == 0)
    }

    @Test("When none works, the one that comes back first is tried")
    func allOut() {
        var rotation = UpstreamRotation(count: 2)
        rotation.failed(1, at: 0)
        rotation.failed(0, at: 500)
        #expect(rotation.take(at: 600) == 1)
    }

    @Test("Indices of before a change of addresses are harmless")
    func stale() {
        var rotation = UpstreamRotation(count: 1)
        rotation.closed(4)
        rotation.failed(4, at: 0)
        rotation.worked(4)
        #expect(rotation.take(at: 0) == 0)
    }
}
