/// Serves one connection, request after request, on its own thread.
struct ConnectionLoop {
    private static let phrases = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified", 400: "Bad Request",
        401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 422: "Unprocessable Entity",
        431: "Request Header Fields Too Large", 501: "Not Implemented",
    ]

    let socket: PeerSocket
    let number: Int
    let appliance: Appliance
    let scenario: () -> ScenarioChoice?

    func run() {
        while serveOne() {}
    }

    private var reader: PumaReader { PumaReader(socket: socket, limits: appliance.settings.limits) }

    /// False when the connection has to end.
    private func serveOne() -> Bool {
        var head = PumaHead()
        var request = SimulatedRequest(method: "", target: [], connection: number)
        do throws(PumaError) {
            defer {
                request.method = head.method
                request.target = head.target
                request.fields = head.fields
            }
            try reader.head(into: &head)
        } catch {
            refuse(request, error)
            return false
        }
        if let script = scenario()?(request) { return play(script, &request, head) }
        do throws(PumaError) {
            try readBody(&request, head)
        } catch {
            refuse(request, error)
            return false
        }
        let response = appliance.answer(request)
        do throws(PeerGone) {
            try write(response, to: head)
        } catch {
            return false
        }
        return head.keepsAlive
    }

    private func readBody(_ request: inout SimulatedRequest, _ head: PumaHead) throws(PumaError) {
        if head.expectsContinue, head.framing != .none {
            do { try socket.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) } catch { throw .peerGone }
        }
        try reader.body(head.framing, into: &request)
    }

    private func refuse(_ request: SimulatedRequest, _ error: PumaError) {
        guard case .malformed(let status) = error else { return }
        appliance.record(
            request, effectiveMethod: request.method, action: nil, ran: false, status: status, parameters: .object([]))
        let text = "HTTP/1.1 \(status) \(Self.phrases[status] ?? "")\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        do { try socket.write(Array(text.utf8)) } catch { return }
        socket.lingerBriefly()
    }

    private func write(_ response: SimulatedResponse, to head: PumaHead) throws(PeerGone) {
        var out = Array("HTTP/1.1 \(response.status) \(Self.phrases[response.status] ?? "Answer")\r\n".utf8)
        for field in response.fields {
            out += field.name.utf8
            out += ": ".utf8
            out += field.value
            out += "\r\n".utf8
        }
        let hasBody = response.status != 204 && response.status != 304
        if hasBody { out += "Content-Length: \(response.body.count)\r\n".utf8 }
        if !head.keepsAlive {
            out += "Connection: close\r\n".utf8
        } else if !head.isVersion11 {
            out += "Connection: keep-alive\r\n".utf8
        }
        out += "\r\n".utf8
        if hasBody, head.method != "HEAD" { out += response.body }
        try socket.write(out)
    }

    // MARK: Scenarios

    private func play(_ script: Scenario, _ request: inout SimulatedRequest, _ head: PumaHead) -> Bool {
        do {
            if script.readsBody { try readBody(&request, head) }
            appliance.record(
                request, effectiveMethod: request.method, action: nil, ran: false, status: 0, parameters: .object([]))
            for step in script.steps { try perform(step) }
        } catch {
            return false
        }
        switch script.ending {
        case .keepAlive: return head.keepsAlive && (script.readsBody || head.framing == .none)
        case .close:
            if !script.readsBody, head.framing != .none { socket.lingerBriefly() }
            return false
        case .reset:
            socket.resetOnClose()
            return false
        }
    }

    private func perform(_ step: Scenario.Step) throws(PeerGone) {
        switch step {
        case .bytes(let bytes): try socket.write(bytes)
        case .repeated(let pattern, let count): try write(pattern, until: count)
        case .slowly(let bytes, let size, let milliseconds):
            var rest = bytes[...]
            while !rest.isEmpty {
                try socket.write(Array(rest.prefix(max(1, size))))
                rest = rest.dropFirst(max(1, size))
                if !rest.isEmpty { try socket.pause(milliseconds: milliseconds) }
            }
        case .delay(let milliseconds): try socket.pause(milliseconds: milliseconds)
        case .wait(let body): body()
        case .untilPeerCloses: socket.drain()
        }
    }

    private func write(_ pattern: [UInt8], until count: UInt64) throws(PeerGone) {
        guard !pattern.isEmpty else { return }
        // Whole patterns, so that each write goes on where the one before ended.
        let size = max(1, 65_536 / pattern.count) * pattern.count
        let block = (0..<(size / pattern.count)).flatMap { _ in pattern }
        var left = count
        while left >= UInt64(size) {
            try socket.write(block)
            left -= UInt64(size)
        }
        try socket.write(Array(block.prefix(Int(left))))
    }
}
