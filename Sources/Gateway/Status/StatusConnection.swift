import HTTPWire
import Transport

/// A connection to the status listener: one request, one answer.
///
/// `/metrics` for Prometheus, `/status` for people and scripts, `/livez` and `/readyz` for probes. It shares neither
/// limits nor records with clients' connections, so that it answers when those are used up.
final class StatusConnection: PeerConnection {
    /// Milliseconds for a request to come, for its answer to be made, and for that to be taken.
    private static let timeout: UInt64 = 5_000
    /// Bytes behind the request that are read and dropped.
    private static let dropLimit = 64 * 1024

    private enum Phase {
        case reading, gathering, answering, closing
    }

    private enum Page: String {
        case metrics = "/metrics"
        case status = "/status"
        case live = "/livez"
        case ready = "/readyz"
    }

    private let listener: StatusListener
    private var parser: RequestParser
    private var phase = Phase.reading
    private var isHead = false
    private var output: ByteBuffer?
    private var dropped = 0

    init(listener: StatusListener, lane: Lane, socket: consuming Socket) {
        self.listener = listener
        parser = RequestParser(limits: listener.limits)
        super.init(lane: lane, socket: socket)
    }

    func opened() {
        assumeReady()
        setDeadline(after: Self.timeout)
        ready()
    }

    override func ready() {
        guard !isBroken else { return close() }
        switch phase {
        case .reading: readRequest()
        case .gathering: break
        case .answering: send()
        case .closing: drop()
        }
    }

    override func deadlinePassed() {
        // The lanes do not answer: that is what a probe wants to know.
        if phase == .gathering { answer(503, "text/plain", "the lanes do not answer\n") } else { close() }
    }

    override func closed() {
        dropInput()
        listener.closed(self)
    }

    private func readRequest() {
        defer { keepInput() }
        while phase == .reading, isReadable {
            switch receive() {
            case .bytes: break
            case .wouldBlock: return
            case .end, .failed: return close()
            }
            do {
                guard let length = try parser.parse(input.span, into: listener.head) else { continue }
                let head = listener.head
                let path = String(decoding: Self.bytes(of: input.span[head.path]), as: UTF8.self)
                isHead = head.method == .head
                let isAsked = head.method == .get || isHead
                input.consume(length)
                guard isAsked, head.framing.isEmpty else {
                    return answer(405, "text/plain", "GET alone is answered here\n")
                }
                show(path)
            } catch {
                dropInput()
                answer(400, "text/plain", "this is no request: \(error.reason)\n")
            }
        }
    }

    private static func bytes(of span: Span<UInt8>) -> [UInt8] { span.indices.map { span[$0] } }

    private func show(_ path: String) {
        guard let page = Page(rawValue: path) else {
            return answer(404, "text/plain", "there are /metrics, /status, /livez and /readyz\n")
        }
        phase = .gathering
        let confined = LaneConfined(self, lane: lane)
        listener.gather { [lane] status in
            lane.post { confined.value.answer(page, status) }
        }
    }

    private func answer(_ page: Page, _ status: GatewayStatus) {
        guard phase == .gathering, isOpen else { return }
        switch page {
        case .metrics: answer(200, "text/plain; version=0.0.4", status.metrics)
        case .status: answer(200, "application/json", status.json)
        case .live: answer(200, "text/plain", "live\n")
        case .ready:
            if status.isReady { answer(200, "text/plain", "ready\n") } else {
                answer(503, "text/plain", status.troubles.map { $0 + "\n" }.joined())
            }
        }
    }

    private func answer(_ status: UInt16, _ type: StaticString, _ text: String) {
        let buffer = ByteBuffer(capacity: text.utf8.count + 512)
        buffer.appendStatusLine(status)
        buffer.appendField("Content-Type", type)
        buffer.appendField("Cache-Control", "no-store")
        buffer.appendField("X-Content-Type-Options", "nosniff")
        buffer.appendField("Content-Length", decimal: UInt64(text.utf8.count))
        buffer.appendField("Connection", "close")
        buffer.appendHeadEnd()
        if !isHead { buffer.append(text.utf8.span) }
        output = buffer
        phase = .answering
        setDeadline(after: Self.timeout)
        send()
    }

    private func send() {
        guard let output else { return }
        guard flush(output) else { return close() }
        guard output.isEmpty else { return }
        phase = .closing
        finishWriting()
        drop()
    }

    /// Closing with unread bytes would take the answer away from who asked.
    private func drop() {
        while isOpen, isReadable {
            switch receive() {
            case .bytes(let count):
                dropInput()
                dropped += count
                guard dropped <= Self.dropLimit else { return close() }
            case .wouldBlock: return
            case .end, .failed: return close()
            }
        }
    }
}

/// The socket of the status listener, on one lane. Confined to it.
final class StatusListener {
    let limits: HTTPLimits
    let head: RequestHead
    /// Asks the whole gateway; the answer comes on any thread.
    let gather: (@escaping @Sendable (GatewayStatus) -> Void) -> Void
    private let lane: Lane
    private let greatest: Int
    private var socket: Listener?
    private var connections: [ObjectIdentifier: StatusConnection] = [:]

    init(
        lane: Lane, limits: HTTPLimits, connections greatest: Int,
        gather: @escaping (@escaping @Sendable (GatewayStatus) -> Void) -> Void
    ) {
        self.lane = lane
        self.limits = limits
        self.greatest = greatest
        self.gather = gather
        head = RequestHead(limits: limits)
    }

    func listen(_ socket: consuming Socket, on address: SocketAddress) throws(SocketError) {
        let listener = Listener(lane: lane, address: address, socket: socket) { [unowned self] socket, _ in
            accept(socket)
        }
        try lane.register(listener)
        self.socket = listener
    }

    private func accept(_ socket: consuming Socket) {
        // One more is closed at once: a scraper comes again.
        guard connections.count < greatest else { return }
        let connection = StatusConnection(listener: self, lane: lane, socket: socket)
        do { try lane.register(connection) } catch { return }
        connections[ObjectIdentifier(connection)] = connection
        connection.opened()
    }

    func closed(_ connection: StatusConnection) { connections[ObjectIdentifier(connection)] = nil }

    func close() {
        socket?.close()
        socket = nil
        for connection in Array(connections.values) { connection.close() }
    }
}
