import Cryptography

/// How a body is framed.
enum SimulatedFraming: Equatable {
    case none
    case length(UInt64)
    case chunked
}

/// The head of a request as Puma reads it.
struct PumaHead {
    var method = ""
    var target: [UInt8] = []
    var isVersion11 = true
    var fields: [SimulatedField] = []
    var framing = SimulatedFraming.none
    var keepsAlive = true
    var expectsContinue = false
}

/// Why a head or a body was not understood; the status is Puma's.
enum PumaError: Error {
    case peerGone
    case malformed(status: Int)
}

/// Reads requests as Puma does: a Transfer-Encoding beside a Content-Length is followed, `_` in a name is `-`, a bare
/// LF ends a line. Far more tolerant than a gateway may be.
struct PumaReader {
    private static let emptyLinesSkipped = 4
    private static let chunkLineLimit = 4096
    private static let trailerLimit = 100

    let socket: PeerSocket
    let limits: SimulatorLimits

    /// What was understood so far stays in `head` when this throws.
    func head(into head: inout PumaHead) throws(PumaError) {
        var room = limits.head
        var first = try line(&room)
        for _ in 0..<Self.emptyLinesSkipped where first.isEmpty { first = try line(&room) }
        try requestLine(first, into: &head)
        while true {
            let line = try line(&room)
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0, line[..<colon].allSatisfy(\.isTokenLike)
            else { throw .malformed(status: 400) }
            head.fields.append(SimulatedField(
                name: line[..<colon].asText, bytes: Array(line[(colon + 1)...].trimmed)))
        }
        try frame(&head)
    }

    private func line(_ room: inout Int) throws(PumaError) -> [UInt8] {
        let line: [UInt8]?
        do { line = try socket.line(limit: room) } catch { throw .peerGone }
        guard let line else { throw .malformed(status: 431) }
        room -= line.count + 2
        guard room > 0 else { throw .malformed(status: 431) }
        return line
    }

    private func requestLine(_ line: [UInt8], into head: inout PumaHead) throws(PumaError) {
        guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), first < last else {
            head.target = line
            throw .malformed(status: 400)
        }
        head.method = line[..<first].asText
        head.target = Array(line[(first + 1)..<last])
        let isMethod = (1...20).contains(first)
            && line[..<first].allSatisfy { $0.uppercased == $0 && $0.isTokenLike }
        let refused = head.target.contains { $0 <= 0x20 || $0 == 0x7f || #""<>"#.utf8.contains($0) }
        guard isMethod, !head.target.isEmpty, !refused else { throw .malformed(status: 400) }
        switch line[(last + 1)...].asText {
        case "HTTP/1.1": head.isVersion11 = true
        case "HTTP/1.0": head.isVersion11 = false
        default: throw .malformed(status: 400)
        }
    }

    private func frame(_ head: inout PumaHead) throws(PumaError) {
        func joined(_ name: String) -> String? {
            let values = head.fields.filter { RackRequest.folded($0.name).isSame(as: name) }.map(\.text)
            return values.isEmpty ? nil : values.joined(separator: ", ").asciiLowercased
        }
        let connection = (joined("connection") ?? "").split(separator: ",").map { $0.utf8.trimmed.asText }
        head.keepsAlive = head.isVersion11 ? !connection.contains("close") : connection.contains("keep-alive")
        head.expectsContinue = head.isVersion11 && joined("expect") == "100-continue"
        if let coding = joined("transfer-encoding"), !coding.isEmpty {
            let codings = coding.split(separator: ",").map { $0.utf8.trimmed.asText }
            guard codings.last == "chunked" else { throw .malformed(status: 501) }
            guard codings.count(where: { $0 == "chunked" }) == 1 else { throw .malformed(status: 400) }
            head.framing = .chunked
        } else if let length = joined("content-length"), !length.isEmpty {
            guard length.utf8.allSatisfy(\.isDigit), let count = UInt64(length) else { throw .malformed(status: 400) }
            head.framing = count == 0 ? .none : .length(count)
        }
    }

    /// Reads the body in constant memory: its start is kept, all of it is counted and hashed.
    func body(_ framing: SimulatedFraming, into request: inout SimulatedRequest) throws(PumaError) {
        guard framing != .none else { return }
        var sink = BodySink(limit: limits.parameterBody)
        switch framing {
        case .none: break
        case .length(let count): try payload(count, into: &sink)
        case .chunked: try chunks(into: &sink)
        }
        request.body = sink.kept
        request.bodyCount = sink.count
        request.bodyDigest = sink.digest
    }

    private func payload(_ count: UInt64, into sink: inout BodySink) throws(PumaError) {
        var left = count
        while left > 0 {
            do { left -= UInt64(try socket.read(left) { sink.take($0) }) } catch { throw .peerGone }
        }
    }

    private func chunks(into sink: inout BodySink) throws(PumaError) {
        while true {
            var room = Self.chunkLineLimit
            let size = try line(&room).prefix { $0 != UInt8(ascii: ";") }.trimmed.asText
            guard size.utf8.count <= 15, let count = UInt64(size, radix: 16), size.utf8.first?.hexDigit != nil else {
                throw .malformed(status: 400)
            }
            if count == 0 { break }
            try payload(count, into: &sink)
            guard try line(&room).isEmpty else { throw .malformed(status: 400) }
        }
        for _ in 0..<Self.trailerLimit {
            var room = Self.chunkLineLimit
            if try line(&room).isEmpty { return }
        }
        throw .malformed(status: 431)
    }
}

/// Where a body goes: its start is kept, all of it is counted and hashed.
private struct BodySink: ~Copyable {
    private let limit: Int
    private var hash: SHA256?
    private(set) var kept: [UInt8] = []
    private(set) var count: UInt64 = 0

    init(limit: Int) {
        self.limit = limit
        hash = try? SHA256()
    }

    mutating func take(_ bytes: Span<UInt8>) {
        count += UInt64(bytes.count)
        // Without libcrypto there is no digest, and a test that asks for it fails.
        try? hash?.update(bytes)
        for index in 0..<min(bytes.count, max(0, limit - kept.count)) { kept.append(bytes[index]) }
    }

    var digest: String { mutating get { count == 0 ? "" : (try? hash?.finish().hexadecimal) ?? "" } }
}
