import AccessControl
import AuditTrail
import HTTPWire
import Transport

/// A time in which a client has to take enough of an answer.
struct AnswerStretch {
    /// Milliseconds of the lane's clock.
    let began: UInt64
    /// What it had taken by then, in bytes.
    let taken: UInt64
}

/// Answers: what their heads say of the connection, when they leave, and what comes after.
extension DownstreamConnection {
    /// The output for the head of an answer.
    func openOutput() -> ByteBuffer {
        if let output { return output }
        let buffer = lane.borrowBuffer()
        output = buffer
        return buffer
    }

    func discardOutput() {
        if !isReleased { output?.removeAll() }
    }

    /// What is in the output, and what comes into it, leaves with the next receipt.
    func hold() { isReleased = false }

    /// The connection ends after this answer.
    func closeAfterAnswer() { persists = false }

    /// What the head of an answer says about the connection.
    func writePersistence(to output: ByteBuffer) -> Bool {
        settlePersistence()
        guard persists else { return output.appendField("Connection", "close") }
        guard isHTTP10 else { return true }
        keepAlivePlace = output.count
        return output.append(Self.keepAliveLine)
    }

    /// Only closing can end this answer after all: says so in its head, of which nothing has left.
    func endAnswerByClosing(in output: ByteBuffer) {
        if persists { output.overwrite(Self.closeLine, at: keepAlivePlace) }
        persists = false
    }

    // Of one length.
    private static let keepAliveLine: StaticString = "Connection: keep-alive\r\n"
    private static let closeLine: StaticString = "Connection: close     \r\n"

    private func settlePersistence() {
        guard persists else { return }
        // Whether a client that was not told to go on will send its body anyway is not known.
        if gate.isDraining || waitsForContinue { persists = false }
        // A reload has put TLS on this listener: what is left without it ends.
        if !isEncrypted, gate.configuration.traits(of: listener).tls != nil { persists = false }
        if !body.isEnd, body.remaining > UInt64(gate.configuration.limits.linger) { persists = false }
    }

    /// Writes the gateway's own answer.
    ///
    /// - Parameter origin: Whose page may see it.
    func compose(_ refusal: Refusal, _ exchange: ExchangeID, answering method: Method, origin: [UInt8]) {
        settlePersistence()
        refusal.write(
            to: openOutput(), exchange: exchange, answering: method, isLast: !persists, origin: origin,
            fields: listenerFields, at: lane.time.seconds, into: gate.scratch)
    }

    func composePreflight(_ origin: [UInt8], _ exchange: ExchangeID) {
        settlePersistence()
        CrossOrigin.writePreflight(
            origin, exchange: exchange, maximumAge: gate.configuration.settings.crossOrigin.maximumAge,
            isLast: !persists, fields: listenerFields, at: lane.time.seconds, to: openOutput())
    }

    func composeRedirect(_ origin: [UInt8], _ exchange: ExchangeID) {
        settlePersistence()
        composeRedirect(origin, exchange, isLast: !persists, at: lane.time.seconds)
    }

    /// What every answer of this listener says.
    var listenerFields: [UInt8] { gate.configuration.traits(of: listener).fields }

    /// Lets the answer out.
    func release(_ receipt: consuming AuditReceipt) {
        sendReleased()
    }

    /// The one answer that has no record, because the log is not to be had.
    func answerUnrecorded(_ refusal: Refusal, _ id: ExchangeID, answering method: Method) {
        persists = false
        compose(refusal, id, answering: method, origin: [])
        sendReleased()
    }

    private func sendReleased() {
        isReleased = true
        stretch = nil
        if flushOutput() == .drained { exchange.outputDrained() }
    }

    /// Sends what the client takes.
    @discardableResult
    func flushOutput() -> Flush {
        guard let output else { return .drained }
        if !persists, exchange.isAtEnd { expectEnd() }
        let before = output.count
        guard flush(output) else {
            lose()
            return .lost
        }
        written += UInt64(before - output.count)
        guard output.isEmpty else {
            if stretch == nil { beginStretch() }
            return .blocked
        }
        stretch = nil
        exchange.arm(after: 0)
        return .drained
    }

    // MARK: The client's pace

    /// What the client has of all that was written. With TLS it is what the system took of it, within a hundredth.
    private var taken: UInt64 { written - min(written, untakenBytes) }

    /// From now on the client has to take what is there at its pace.
    private func beginStretch() {
        stretch = AnswerStretch(began: lane.time.milliseconds, taken: taken)
        exchange.arm(after: gate.configuration.timeouts.write)
    }

    /// A stretch is over: true when enough was taken in it, and the next one has begun; nil when there was none.
    func keepsPace() -> Bool? {
        guard let stretch else { return nil }
        let time = lane.time.milliseconds - stretch.began
        let wanted = max(1, UInt64(gate.configuration.timeouts.answerRate) * time / 1_000)
        let now = taken
        guard now >= stretch.taken, now - stretch.taken >= wanted else { return false }
        beginStretch()
        return true
    }

    /// The exchange's last byte is out.
    func exchangeEnded() {
        dropOutput()
        releaseCarried()
        dropped = 0
        if persists, body.isEnd {
            // What is in the kernel may have come after the answer; what was read by now has not.
            nextIsAhead = hasKeptInput || hasInput
            nextRequest()
        } else if persists {
            phase = .draining
            setDeadline(after: gate.configuration.timeouts.linger)
            lane.revisit(self)
        } else {
            end()
        }
    }

    func nextRequest() {
        guard !gate.isDraining else { return end() }
        phase = .head
        if hasKeptInput || isReadable || hasInput {
            setDeadline(after: gate.configuration.timeouts.head)
            lane.revisit(self)
        } else {
            setDeadline(after: gate.configuration.timeouts.idle)
        }
    }

    /// Finishes the connection without losing the answer: closing with unread bytes would reset it.
    private func end() {
        if body.isEnd, !hasKeptInput, !isReadable, !hasInput { return close() }
        finishWriting()
        phase = .lingering
        setDeadline(after: gate.configuration.timeouts.linger)
        lane.revisit(self)
    }

    /// Bytes have left, and the rest will not come: the client must notice.
    func cut() {
        resetOnClose()
        close()
    }

    func dropOutput() {
        isReleased = false
        guard let buffer = output else { return }
        output = nil
        lane.returnBuffer(buffer)
    }
}
