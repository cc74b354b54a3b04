import Dispatch
import GatewayTesting
import HTTPWire
import Synchronization
import Testing
@testable import Transport

/// Sends back what it receives; stops reading while its peer does not read.
private final class EchoChannel: Channel {
    private let buffer = ByteBuffer(capacity: 4096)
    static let closedCount = Mutex(0)

    override func ready() {
        while isOpen {
            guard flush(buffer) else { return close() }
            guard buffer.isEmpty else { return }
            switch read(into: buffer) {
            case .bytes: continue
            case .wouldBlock: return
            case .end, .failed: return close()
            }
        }
    }

    override func deadlinePassed() { close() }
    override func closed() { Self.closedCount.withLock { $0 += 1 } }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}

private func startEcho(on text: String, lanes: Int = 1, idle: UInt64 = 0) throws -> ([Lane], UInt16) {
    let address = try #require(try SocketAddress.resolve(text, listening: true).first)
    var sockets = try Listener.sockets(on: address, backlog: 128, count: lanes)
    let port = sockets.address.port
    var started: [Lane] = []
    for number in 0..<lanes {
        let lane = try Lane(number: number)
        guard let socket = sockets.take() else { break }
        let listener = Listener(lane: lane, address: sockets.address, socket: socket) { socket, _ in
            let channel = EchoChannel(lane: lane, socket: socket)
            channel.setDeadline(after: idle)
            try? lane.register(channel)
        }
        let confined = LaneConfined(listener, lane: lane)
        lane.start()
        lane.post { try? lane.register(confined.value) }
        started.append(lane)
    }
    return (started, port)
}

@Suite struct LaneTests {
    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func echoesOverBothFamilies(address: String) throws {
        let (lanes, port) = try startEcho(on: address)
        let client = try RawClient(port: port, ipv6: address.hasPrefix("["))
        for round in 0..<100 {
            let message = [UInt8]("message \(round)".utf8)
            client.send(message)
            #expect(client.receive(message.count) == message)
        }
        #expect(lanes.count == 1)
    }

    @Test func movesMoreThanAnyBufferHolds() throws {
        let (lanes, port) = try startEcho(on: "127.0.0.1:0")
        let client = try RawClient(port: port)
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        nonisolated(unsafe) let sender = client
        // A thread of its own: a task might wait for other tests, which block theirs.
        DispatchQueue.global().async { sender.send(bytes) }
        let isWhole = client.receive(bytes.count) == bytes
        // Not the arrays: the difference of two large ones takes minutes to work out.
        #expect(isWhole)
        #expect(lanes.count == 1)
    }

    @Test func sharesAnAddressBetweenLanes() throws {
        let (lanes, port) = try startEcho(on: "127.0.0.1:0", lanes: 3)
        let clients = try (0..<30).map { _ in try RawClient(port: port) }
        for client in clients { client.send([7]) }
        for client in clients { #expect(client.receive(1) == [7]) }
        #expect(lanes.count == 3)
    }

    @Test func refusesAnAddressInUse() throws {
        let (lanes, port) = try startEcho(on: "127.0.0.1:0", lanes: 2)
        #expect(throws: SocketError.addressInUse("127.0.0.1:\(port)")) {
            _ = try Listener.sockets(on: try #require(try SocketAddress.resolve("127.0.0.1:\(port)").first), backlog: 1, count: 2)
        }
        #expect(lanes.count == 2)
    }

    @Test func closesAtItsDeadline() throws {
        let (lanes, port) = try startEcho(on: "127.0.0.1:0", idle: 120)
        let client = try RawClient(port: port)
        // The peer closes: the read ends with nothing instead of running into the client's own time-out.
        #expect(client.receive(1) == [])
        #expect(lanes.count == 1)
    }

    @Test func runsWhatOtherThreadsPost() async throws {
        let lane = try Lane(number: 0)
        lane.start()
        let total = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        await withCheckedContinuation { done in
                            lane.post {
                                lane.assertConfined()
                                total.add()
                                done.resume()
                            }
                        }
                    }
                }
            }
        }
        #expect(total.value == 8000)
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in lane.stop { done.resume() } }
    }

    @Test func stopsOnceItsChannelsAreClosed() async throws {
        let lane = try Lane(number: 0)
        let address = try #require(try SocketAddress.resolve("127.0.0.1:0").first)
        var sockets = try Listener.sockets(on: address, backlog: 8, count: 1)
        let port = sockets.address.port
        guard let socket = sockets.take() else {
            Issue.record("no socket")
            return
        }
        let listener = LaneConfined(Listener(lane: lane, address: address, socket: socket) { socket, _ in
            try? lane.register(EchoChannel(lane: lane, socket: socket))
        }, lane: lane)
        lane.start()
        lane.post { try? lane.register(listener.value) }
        let client = try RawClient(port: port)
        client.send([1])
        #expect(client.receive(1) == [1])

        let stopped = Counter()
        async let done: Void = withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            lane.stop {
                stopped.add()
                done.resume()
            }
        }
        let open = await withCheckedContinuation { (counted: CheckedContinuation<Int, Never>) in
            lane.post {
                listener.value.close()
                counted.resume(returning: lane.channelCount)
            }
        }
        #expect(open == 2)
        #expect(stopped.value == 0)
        client.finishWriting()
        #expect(client.receive(1) == [])
        await done
        #expect(throws: RawClient.CannotConnect.self) { try RawClient(port: port) }
    }
}
