import GatewayTesting

/// A request of any shape that the gateway accepts, and what the appliance is to get of it.
struct GeneratedRequest {
    let method: String
    /// As the client means it; escapes may be written in more ways than one.
    let target: String
    let body: [UInt8]
    let bytes: [UInt8]
    /// Asks for the connection's end.
    var closes = false

    /// One of many shapes: order, letters and white space of fields, forms of the target, framing of the body.
    init(key: String, _ dice: inout Dice) {
        let hasBody = dice.below(2) == 0
        method = hasBody ? ["PUT", "POST"][dice.below(2)] : ["GET", "GET", "HEAD", "DELETE"][dice.below(4)]
        target = Self.target(method, &dice)
        body = hasBody ? Self.json(dice.below(8) == 0 ? 70_000 + dice.below(70_000) : dice.below(2_000), &dice) : []
        var fields = ["Host: nodeum.example", "Authorization: Bearer \(key)"]
        let others = [
            "User-Agent: generated/1", "Accept: */*", "X-Unknown: a: b, \"c\"", "Accept-Language: de;q=0.5", "X-Empty:",
            "Cookie: a=b", "Connection: keep-alive", "X-Forwarded-For: 6.6.6.6", "Upgrade: h2c", "TE: trailers",
        ]
        for _ in 0..<dice.below(6) { fields.append(others[dice.below(others.count)]) }
        if dice.below(8) == 0 {
            closes = true
            fields.append("Connection: Close")
        }
        var wire = body
        if hasBody {
            fields.append("Content-Type: application/json")
            let isChunked = dice.below(2) == 0
            fields.append(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.count)")
            if isChunked { wire = Self.chunks(body, &dice) }
        }
        let lines = Self.shuffled(fields, &dice).map { Self.dressed($0, &dice) + "\r\n" }.joined()
        let form = dice.below(5) == 0 ? "http://NODEUM.example" + target : target
        bytes = Array("\(dice.below(6) == 0 ? "\r\n" : "")\(method) \(form) HTTP/1.1\r\n\(lines)\r\n".utf8) + wire
    }

    /// A vector's request, aimed at an operation and with a credential; nil for a method that none has, and for one
    /// that is not whole.
    init?(_ vector: WireVector, key: String) throws {
        var bytes = Array(vector.bytes.drop { $0 == 13 || $0 == 10 })
        guard !vector.expectations.contains(where: { $0.contains("incomplete") }),
            let end = bytes.firstIndex(of: 13), let space = bytes.firstIndex(of: 0x20), space < end
        else { return nil }
        method = String(decoding: bytes[..<space], as: UTF8.self)
        let version = String(decoding: bytes[..<end], as: UTF8.self).suffix(8)
        guard ["GET", "HEAD", "PUT", "DELETE", "POST"].contains(method), version.hasPrefix("HTTP/1.") else { return nil }
        target = method == "POST" ? "/api/v2/pools" : "/api/v2/pools/1"
        let head = "\(method) \(target) \(version)\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\n"
        bytes = Array(head.utf8) + bytes[min(bytes.count, end + 2)...]
        // Most vectors' body, in a form that is JSON and as long.
        let (word, number) = (Array("hello".utf8), Array("12345".utf8))
        for place in 0...max(0, bytes.count - 5) where Array(bytes[place...].prefix(5)) == word {
            bytes.replaceSubrange(place..<(place + 5), with: number)
        }
        let expected = vector.expectations.first { $0 == "body" || $0.hasPrefix("body ") }?.dropFirst(5) ?? ""
        body = expected == "hello" ? number : try WireVector.unescaped(expected)
        self.bytes = bytes
    }

    private static func target(_ method: String, _ dice: inout Dice) -> String {
        let query = dice.below(3) == 0 ? "?limit=\(dice.below(50))&name=%7Ea%25b&sort_by=name%3Adesc" : ""
        if method == "POST" { return "/api/v2/pools" }
        if method == "GET", dice.below(3) == 0 { return "/api/v2/pools" + query }
        let letters = ["a", "Z", "7", "-", "_", "~", "%61", "%5A", "%20", "%c3%a9"]
        let name = (0..<(1 + dice.below(12))).map { _ in letters[dice.below(letters.count)] }.joined()
        return "/api/v2/pools/p\(name)q"
    }

    private static func json(_ count: Int, _ dice: inout Dice) -> [UInt8] {
        let letters = Array("abc {}[]:,0123456789GET /HTTP.".utf8)
        let block = (0..<min(count, 400)).map { _ in letters[dice.below(letters.count)] }
        let text = (0..<(count / max(1, block.count))).flatMap { _ in block }
        return Array("{\"name\":\"".utf8) + text + Array("\"}".utf8)
    }

    private static func chunks(_ body: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var wire: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(1 + dice.below(dice.below(3) == 0 ? 40_000 : 40))
            let size = String(repeating: "0", count: dice.below(3)) + String(chunk.count, radix: 16, uppercase: dice.below(2) == 0)
            wire += Array("\(size)\(["", ";a", ";a=b", ";a=\"b;c\""][dice.below(4)])\r\n".utf8) + chunk + [13, 10]
            rest = rest.dropFirst(chunk.count)
        }
        return wire + Array("0\r\n\(dice.below(3) == 0 ? "X-Trailer: t\r\nContent-Length: 7\r\n" : "")\r\n".utf8)
    }

    private static func shuffled(_ fields: [String], _ dice: inout Dice) -> [String] {
        var fields = fields
        for place in fields.indices.dropFirst() { fields.swapAt(place, dice.below(place + 1)) }
        return fields
    }

    /// The same field in other letters, with other white space.
    private static func dressed(_ field: String, _ dice: inout Dice) -> String {
        let parts = field.split(separator: ":", maxSplits: 1)
        let name = parts[0].map { dice.below(3) == 0 ? String($0).uppercased() : String($0) }.joined()
        let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
        return "\(name):\(["", " ", "\t", "  "][dice.below(4)])\(value)\(["", "", " ", "\t "][dice.below(4)])"
    }
}
