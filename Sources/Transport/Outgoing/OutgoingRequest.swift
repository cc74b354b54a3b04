import HTTPWire

/// One HTTP/1.1 request on a connection of its own (RFC 9112), for work beside the data path. Redirects are answers
/// like any other; nothing is followed.
package struct OutgoingRequest: Sendable {
    /// A header field that can neither end its line nor frame the message.
    package struct Field: Equatable, Sendable {
        package let name: String
        package let value: String

        /// - Returns: nil for what is no field (RFC 9110 section 5), or one that `OutgoingRequest` writes itself.
        package init?(name: String, value: String) {
            let own = ["host", "connection", "content-length", "transfer-encoding", "expect", "te", "trailer", "upgrade"]
            guard !name.isEmpty, name.utf8.allSatisfy(ASCII.isToken), !own.contains(name.lowercased()),
                value.utf8.allSatisfy(ASCII.isFieldValue)
            else { return nil }
            self.name = name
            self.value = value
        }
    }

    /// Bytes of the head at most.
    private static let greatestHead = 32 << 10
    private static let pieceBytes = 32 << 10
    /// How long the peer has to refuse the certificate shown to it, if it says nothing before.
    private static let settleMilliseconds: UInt64 = 100

    package var method = Method.get
    /// A name, or an address without brackets.
    package var host: String
    package var port: UInt16
    /// In origin form: `/path?query`.
    package var target: String
    package var fields: [Field] = []
    /// nil: no body, and no Content-Length.
    package var body: [UInt8]?
    /// Of a client; nil: plain HTTP.
    package var tls: TLSContext?

    package init(host: String, port: UInt16, target: String, tls: TLSContext?) {
        self.host = host
        self.port = port
        self.target = target
        self.tls = tls
    }

    /// Sends the request and reads the answer.
    ///
    /// - Parameters:
    ///   - bodyLimit: Bytes of the answer's body, at most; a longer one is an error. nil: the body is not read.
    ///   - deadline: For all of it, from the look-up of the name to the last byte.
    package func perform(bodyLimit: Int?, by deadline: Deadline) throws(OutgoingError) -> OutgoingResponse {
        let head = try head()
        let stream = try OutgoingStream(host: host, port: port, tls: tls, by: deadline)
        // The peer's refusal could not be read any more once it has reset the connection because of the request.
        if tls?.certificates.isEmpty == false { try stream.settle(by: .after(milliseconds: Self.settleMilliseconds)) }
        try stream.write(head + (body ?? []), by: deadline)
        let reading = ResponseReading(stream, answering: method)
        return try reading.response(bodyLimit: bodyLimit, by: deadline)
    }

    private func head() throws(OutgoingError) -> [UInt8] {
        let head = ByteBuffer(capacity: Self.greatestHead)
        let usual: UInt16 = tls == nil ? 80 : 443
        let authority = (host.contains(":") ? "[\(host)]" : host) + (port == usual ? "" : ":\(port)")
        var fits = target.hasPrefix("/") && head.appendRequestLine(method: method, target: target.utf8.span)
            && head.appendField("Host", authority.utf8.span) && head.appendField("User-Agent", "nodegate")
            && head.appendField("Connection", "close")
        for field in fields { fits = fits && head.append("\(field.name): \(field.value)\r\n") }
        if let body { fits = fits && head.appendField("Content-Length", decimal: UInt64(body.count)) }
        guard fits, head.appendHeadEnd() else { throw .badRequest("\(method.name) http://\(authority)\(target)") }
        let bytes = head.span
        return (0..<bytes.count).map { bytes[$0] }
    }

    /// Reads one answer from a stream.
    private struct ResponseReading {
        private static let limits = HTTPLimits()
        /// Interim answers (1xx) before the one that counts.
        private static let greatestInterim = 8

        private let stream: OutgoingStream
        private let method: Method
        private let buffer = ByteBuffer(capacity: ResponseReading.limits.headBytes + OutgoingRequest.pieceBytes)

        init(_ stream: OutgoingStream, answering method: Method) {
            self.stream = stream
            self.method = method
        }

        func response(bodyLimit: Int?, by deadline: Deadline) throws(OutgoingError) -> OutgoingResponse {
            let head = ResponseHead(limits: Self.limits)
            var response = OutgoingResponse()
            for _ in 0...Self.greatestInterim {
                let length = try readHead(into: head, by: deadline)
                response = OutgoingResponse(head, buffer.span)
                buffer.consume(length)
                if !head.isInterim { break }
            }
            guard !head.isInterim else { throw malformed("too_many_interim_answers") }
            if let bodyLimit { response.body = try readBody(head.framing, bodyLimit, by: deadline) }
            return response
        }

        private func readHead(into head: ResponseHead, by deadline: Deadline) throws(OutgoingError) -> Int {
            var parser = ResponseParser(limits: Self.limits)
            while true {
                do throws(ResponseError) {
                    if let length = try parser.parse(buffer.span, answering: method, into: head) { return length }
                } catch {
                    throw malformed(error.reason)
                }
                guard try readMore(by: deadline) else { throw .ended(peer: stream.peer) }
            }
        }

        private func readBody(
            _ framing: BodyFraming, _ limit: Int, by deadline: Deadline
        ) throws(OutgoingError) -> [UInt8] {
            var decoder = BodyDecoder(framing: framing, limits: Self.limits)
            var body: [UInt8] = []
            while !decoder.isEnd {
                let step: BodyStep
                do throws(BodyError) { step = try decoder.next(buffer.span) } catch { throw malformed(error.reason) }
                guard body.count + step.payload.count <= limit else {
                    throw .answerTooLarge(peer: stream.peer, limit: limit)
                }
                let bytes = buffer.span
                for index in step.payload { body.append(bytes[index]) }
                buffer.consume(step.consumed)
                guard step.consumed == 0, !decoder.isEnd, try !readMore(by: deadline) else { continue }
                do throws(BodyError) { try decoder.end() } catch { throw malformed(error.reason) }
            }
            return body
        }

        private func malformed(_ reason: StaticString) -> OutgoingError {
            .malformedAnswer(peer: stream.peer, reason: "\(reason)")
        }

        /// False at the peer's end.
        private func readMore(by deadline: Deadline) throws(OutgoingError) -> Bool {
            buffer.compact()
            let piece = try stream.read(atMost: min(buffer.room, OutgoingRequest.pieceBytes), by: deadline)
            buffer.append(piece)
            return !piece.isEmpty
        }
    }
}
