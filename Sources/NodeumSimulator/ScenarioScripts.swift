extension Scenario {
    /// A whole answer with a Content-Length.
    package static func answer(
        status: Int = 200, fields: [SimulatedField] = [.json], body: [UInt8] = [], ending: Ending = .keepAlive
    ) -> Scenario {
        let head = head(status, fields + [SimulatedField("Content-Length", String(body.count))])
        return Scenario([.bytes(head + body)], ending: ending)
    }

    /// A chunked answer whose chunks have the given sizes, over and over until the body ends.
    package static func chunked(
        _ body: [UInt8], sizes: [Int], fields: [SimulatedField] = [.json], trailers: [SimulatedField] = [],
        ending: Ending = .keepAlive
    ) -> Scenario {
        var out = head(200, fields + [SimulatedField("Transfer-Encoding", "chunked")])
        var rest = body[...]
        var turn = 0
        while !rest.isEmpty {
            let chunk = rest.prefix(max(1, sizes.isEmpty ? body.count : sizes[turn % sizes.count]))
            out += "\(String(chunk.count, radix: 16))\r\n".utf8 + Array(chunk) + "\r\n".utf8
            rest = rest.dropFirst(chunk.count)
            turn += 1
        }
        out += "0\r\n".utf8
        for trailer in trailers { out += line(trailer) }
        return Scenario([.bytes(out + "\r\n".utf8)], ending: ending)
    }

    /// The body in gzip, whatever the client accepts.
    package static func gzip(_ body: [UInt8], fields: [SimulatedField] = [.json]) -> Scenario {
        answer(fields: fields + [SimulatedField("Content-Encoding", "gzip")], body: Archive.gzip(body))
    }

    /// A body of any size from a repeated pattern, with a Content-Length, in constant memory.
    package static func large(
        _ count: UInt64, pattern: [UInt8] = Array("0123456789abcdef".utf8),
        fields: [SimulatedField] = [SimulatedField("Content-Type", "application/octet-stream")]
    ) -> Scenario {
        let head = head(200, fields + [SimulatedField("Content-Length", String(count))])
        return Scenario([.bytes(head), .repeated(pattern: pattern, count: count)], ending: .keepAlive)
    }

    /// Promises `declared` bytes, sends the body, closes or resets.
    package static func cut(_ body: [UInt8], declared: Int, ending: Ending = .close) -> Scenario {
        let head = head(200, [.json, SimulatedField("Content-Length", String(declared))])
        return Scenario([.bytes(head + body)], ending: ending)
    }

    /// Accepts the request and never says anything.
    package static let silence = Scenario([.untilPeerCloses])

    /// Exactly these bytes, then the end.
    package static func raw(_ text: String, ending: Ending = .close) -> Scenario {
        Scenario([.bytes(Array(text.utf8))], ending: ending)
    }

    private static func head(_ status: Int, _ fields: [SimulatedField]) -> [UInt8] {
        Array("HTTP/1.1 \(status) Scripted\r\n".utf8) + fields.flatMap(line) + "\r\n".utf8
    }

    private static func line(_ field: SimulatedField) -> [UInt8] {
        Array(field.name.utf8) + ": ".utf8 + field.value + "\r\n".utf8
    }
}

extension SimulatedField {
    package static let json = SimulatedField("Content-Type", "application/json; charset=utf-8")
}
