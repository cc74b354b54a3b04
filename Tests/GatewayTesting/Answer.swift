/// An answer as a client sees it.
package struct Answer: Sendable {
    /// How a connection or a body ended.
    package enum End: Sendable, Equatable {
        /// The body came as its head announced it; the connection is open still.
        case complete
        /// The peer closed properly.
        case closed
        case reset
        /// Nothing came for as long as the client waits.
        case silent
        /// The chunks are not well-formed.
        case malformed
    }

    package var status = 0
    /// From the status line to the last field, without the empty line.
    package var head = ""
    package var body: [UInt8] = []
    /// The bodies' framing as the head says it.
    package var isChunked = false
    package var chunkSizes: [Int] = []
    package var end = End.complete
    /// Statuses of the interim answers before it.
    package var interim: [Int] = []

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The body is whole: by its length, its last chunk, or because nothing else ends it.
    package var isWhole: Bool {
        switch end {
        case .complete: true
        case .closed: !isChunked && field("Content-Length") == nil && status != 0
        case .reset, .silent, .malformed: false
        }
    }

    package var fields: [(name: String, value: String)] {
        head.split(separator: "\r\n").dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            return (String(parts[0]), String(value.reversed().drop { $0 == " " }.reversed()))
        }
    }

    package func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    package func field(_ name: String) -> String? { values(name).first }

    /// The reason code of the gateway's own answer; nil for the appliance's.
    package var code: String? {
        guard field("Content-Type") == "application/problem+json", let start = text.range("\"code\":\"") else { return nil }
        return String(text[start...].prefix { $0 != "\"" })
    }

    /// The gateway's id of the exchange.
    package var exchange: String { field("X-Request-ID") ?? "" }
}

extension String {
    /// Where the text behind the first `words` starts.
    fileprivate func range(_ words: String) -> String.Index? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(words) { return rest.index(rest.startIndex, offsetBy: words.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}

extension RawClient {
    /// The next head, interim or final; status 0 when there is none.
    package func head() -> Answer {
        var answer = Answer()
        var searched = 0
        while true {
            if let end = endOfHead(from: searched) {
                answer.head = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 4)
                answer.status = answer.head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                answer.isChunked = answer.field("Transfer-Encoding") == "chunked"
                return answer
            }
            searched = max(0, buffer.count - 3)
            guard fill() else {
                answer.end = end ?? .silent
                return answer
            }
        }
    }

    private func endOfHead(from start: Int) -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (start...(buffer.count - 4)).first {
            buffer[$0] == 13 && buffer[$0 + 1] == 10 && buffer[$0 + 2] == 13 && buffer[$0 + 3] == 10
        }
    }

    /// The next whole answer: its head and the body that this announces.
    ///
    /// - Parameter method: Of the request; after HEAD there is no body.
    package func answer(to method: String = "GET") -> Answer {
        var answer = head()
        var interim: [Int] = []
        while (100..<200).contains(answer.status) {
            interim.append(answer.status)
            answer = head()
        }
        answer.interim = interim
        guard answer.status != 0, method != "HEAD", answer.status != 204, answer.status != 304 else { return answer }
        if answer.isChunked {
            readChunks(into: &answer)
        } else if let count = answer.field("Content-Length").flatMap({ Int($0) }) {
            while buffer.count < count, fill() {}
            if buffer.count < count { answer.end = end ?? .silent }
            answer.body = Array(buffer.prefix(count))
            buffer.removeFirst(answer.body.count)
        } else {
            answer.body = rest()
            answer.end = end ?? .silent
        }
        return answer
    }

    /// Reads chunks strictly: hexadecimal size, no extension, no trailer, as the gateway writes them.
    private func readChunks(into answer: inout Answer) {
        while true {
            guard let line = line() else {
                answer.end = end ?? .silent
                return
            }
            guard let size = Int(line, radix: 16), !line.isEmpty else {
                answer.end = .malformed
                return
            }
            let chunk = receive(size)
            answer.body += chunk
            let close = receive(2)
            guard chunk.count == size, close.count == 2 else {
                answer.end = end ?? .silent
                return
            }
            guard close == [13, 10] else {
                answer.end = .malformed
                return
            }
            guard size > 0 else { return }
            answer.chunkSizes.append(size)
        }
    }

    private func line() -> String? {
        var searched = 0
        while true {
            if buffer.count >= 2, let end = (searched..<(buffer.count - 1)).first(where: {
                buffer[$0] == 13 && buffer[$0 + 1] == 10
            }) {
                defer { buffer.removeFirst(end + 2) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            searched = max(0, buffer.count - 1)
            guard fill() else { return nil }
        }
    }
}
