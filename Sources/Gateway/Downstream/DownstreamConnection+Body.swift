import AccessControl
import HTTPWire
import Transport

/// The bodies of requests: what the exchange takes, and what nobody wants.
extension DownstreamConnection {
    /// Reads on in the body of the request, as far as the exchange takes it.
    func readBody() {
        while isOpen, exchange.phase != .over {
            if hasInput { guard takeBody() else { return } }
            guard exchange.wantsBody, !hasInput, isReadable else { break }
            switch receive() {
            case .bytes: continue
            case .wouldBlock: break
            case .end:
                return exchange.bodyRefused(.clientClosedEarly)
            case .failed: return lose()
            }
            break
        }
        keepInput()
    }

    /// False when the exchange is over for the body.
    private func takeBody() -> Bool {
        // A copy: what the exchange does may look at the connection.
        var decoder = body
        defer { body = decoder }
        return exchange.takeBody(input, &decoder)
    }

    /// Tells the client to go on with its body (RFC 9110 section 10.1.1). By now its intent is stored.
    func sendContinue() {
        guard waitsForContinue else { return }
        waitsForContinue = false
        let output = openOutput()
        output.append("HTTP/1.1 100 Continue\r\n\r\n")
        isReleased = true
        switch flushOutput() {
        case .drained: isReleased = false
        // What follows in this buffer must wait for its record, so these bytes cannot wait before it.
        case .blocked: lose()
        case .lost: break
        }
    }

    /// Reads and drops what is left of a body, or of everything, so that the client gets to see the answer.
    func dropBody() {
        let limit = gate.configuration.limits.linger
        while isOpen {
            if hasInput { guard dropInputBytes() else { break } }
            guard dropped <= limit else { return close() }
            guard receiveMore() else { break }
        }
        keepInput()
    }

    /// False when the body has ended.
    private func dropInputBytes() -> Bool {
        guard phase == .draining else {
            dropped += input.count
            input.removeAll()
            return true
        }
        do {
            var decoder = body
            defer { body = decoder }
            let input = self.input
            let step = try decoder.next(input.span)
            dropped += step.consumed
            input.consume(step.consumed)
        } catch {
            close()
            return false
        }
        guard body.isEnd else { return true }
        nextRequest()
        return false
    }
}
