import Foundation
import HTTPWire
import Synchronization
import Testing
@testable import Transport

/// What happened to a channel, in order, for tests to wait for.
final class EventLog: @unchecked Sendable {
    enum Event: Equatable {
        case secured(TLSPeer)
        case connected
        case received([UInt8])
        case ended
        case failed(Int32, TLSError?)
        case handshakeFailed(TLSError?)
        case timedOut
        case closed
    }

    // Safe to send: `events` is touched under the condition's lock alone.
    private let condition = NSCondition()
    private var events: [Event] = []
    private static let limitSeconds = 30.0

    func add(_ event: Event) {
        condition.lock()
        events.append(event)
        condition.broadcast()
        condition.unlock()
    }

    var all: [Event] {
        condition.lock()
        defer { condition.unlock() }
        return events
    }

    /// Waits for the first event that `match` knows.
    func first<Value>(_ match: (Event) -> Value?) throws -> Value {
        let limit = Date(timeIntervalSinceNow: Self.limitSeconds)
        condition.lock()
        defer { condition.unlock() }
        while true {
            for event in events { if let value = match(event) { return value } }
            guard condition.wait(until: limit) else { throw Missing(events: "\(events)") }
        }
    }

    struct Missing: Error { let events: String }

    func peer() throws -> TLSPeer { try first { if case .secured(let peer) = $0 { peer } else { nil } } }
    func handshakeFailure() throws -> TLSError? { try first { if case .handshakeFailed(let error) = $0 { .some(error) } else { nil } } }
    func wait(for event: Event) throws { try first { $0 == event ? () : nil } }

    /// The end of the peer's bytes, or what broke it.
    func ending() throws -> Event {
        try first { event in
            switch event {
            case .ended, .failed: event
            default: nil
            }
        }
    }
}

func contents(_ buffer: ByteBuffer) -> [UInt8] {
    let span = buffer.span
    return (0..<span.count).map { span[$0] }
}

/// Sends back what it receives, and says how it went.
final class TLSEchoChannel: Channel {
    private let buffer = ByteBuffer(capacity: 40_000)
    private let log: EventLog
    /// Sent after the peer's end, before ours.
    private let farewell: String
    private var hasEnded = false

    init(lane: Lane, socket: consuming Socket, log: EventLog, farewell: String) {
        self.log = log
        self.farewell = farewell
        super.init(lane: lane, socket: socket)
    }

    override func secured() { if let tlsPeer { log.add(.secured(tlsPeer)) } }
    override func handshakeFailed() {
        log.add(.handshakeFailed(tlsFailure))
        close()
    }

    override func ready() {
        setDeadline(after: 0)
        while isOpen {
            guard flush(buffer) else { return fail(EPIPE) }
            guard buffer.isEmpty else { return }
            if hasEnded {
                finishWriting()
                return close()
            }
            // As the gateway does: no read that is known to find nothing.
            guard isReadable else { return }
            switch read(into: buffer) {
            case .bytes: continue
            case .wouldBlock: return
            case .end:
                log.add(.ended)
                hasEnded = true
                buffer.append(farewell)
            case .failed(let code): return fail(code)
            }
        }
    }

    private func fail(_ code: Int32) {
        log.add(.failed(code, tlsFailure))
        close()
    }

    override func deadlinePassed() {
        log.add(.timedOut)
        close()
    }
    override func closed() { log.add(.closed) }
}

/// An echo over TLS on a lane of its own.
final class TLSEcho {
    let port: UInt16
    let log = EventLog()
    private let lane: Lane
    private let tickets: TLSTicketKeys
    private let current: Current

    /// The context of connections to come.
    private final class Current: Sendable {
        let context: Mutex<TLSContext>
        init(_ context: TLSContext) { self.context = Mutex(context) }
    }

    init(
        _ settings: TLSServerSettings, tickets: TLSTicketKeys? = nil, deadline: UInt64 = 0, farewell: String = ""
    ) throws {
        self.tickets = try tickets ?? TLSTicketKeys(now: 0)
        let current = Current(try TLSContext(server: settings, tickets: self.tickets))
        self.current = current
        let address = try #require(try SocketAddress.resolve("127.0.0.1:0", listening: true).first)
        var sockets = try Listener.sockets(on: address, backlog: 128, count: 1)
        port = sockets.address.port
        let lane = try Lane(number: 0)
        let log = log
        guard let socket = sockets.take() else { throw EventLog.Missing(events: "no socket") }
        let listener = Listener(lane: lane, address: sockets.address, socket: socket) { socket, _ in
            let channel = TLSEchoChannel(lane: lane, socket: socket, log: log, farewell: farewell)
            channel.setDeadline(after: deadline)
            try? channel.startTLS(current.context.withLock { $0 })
            try? lane.register(channel)
        }
        let confined = LaneConfined(listener, lane: lane)
        lane.start()
        lane.post { try? lane.register(confined.value) }
        self.lane = lane
    }

    convenience init(_ name: String = "local-ec") throws {
        try self.init(TLSServerSettings(identities: [try TLSFixtures.identity(name)]))
    }

    func reload(_ settings: TLSServerSettings) throws {
        let context = try TLSContext(server: settings, tickets: tickets)
        current.context.withLock { $0 = context }
    }

    /// Python's ssl as the client.
    func client(_ options: String...) throws -> ChildProcess {
        try ChildProcess([ChildProcess.python, TLSFixtures.file("peer.py"), "client", "\(port)"] + options)
    }

    /// `openssl s_client`, its input closed at once; everything that it says.
    func openssl(_ options: String...) throws -> String {
        try ChildProcess(["openssl", "s_client", "-connect", "127.0.0.1:\(port)"] + options, mergesErrors: true).finish().output
    }
}
