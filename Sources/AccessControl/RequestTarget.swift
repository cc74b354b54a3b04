import HTTPWire

/// A target that somebody names, read by the same parser as those that clients send.
struct RequestTarget {
    /// From the path on: without scheme and authority.
    let path: String

    /// - Throws: what a client would be told that sent it in a request without any fault of its own.
    init(_ method: Method, _ text: String, limits: HTTPLimits) throws(RequestError) {
        let host = RequestTarget.authority(of: text) ?? "host"
        let bytes = Array("\(method.name) \(text) HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8)
        let head = RequestHead(limits: limits)
        var parser = RequestParser(limits: limits)
        // Line ends within the text would make it something else than one target.
        guard try parser.parse(bytes.span, into: head) == bytes.count, head.target.count == text.utf8.count else {
            throw .invalidTarget
        }
        path = String(decoding: bytes[head.path.range], as: UTF8.self)
    }

    private static func authority(of text: String) -> String? {
        let lowered = text.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowered.hasPrefix) else { return nil }
        return String(text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" })
    }
}
