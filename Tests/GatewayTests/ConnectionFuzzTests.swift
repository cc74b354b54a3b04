import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

/// Whole connections of valid and disfigured requests, by a seeded generator, against a real gateway and the simulated
/// appliance. NODEGATE_FUZZ_CONNECTIONS sets how many; a find becomes one of `finds`.
@Suite("Fuzz: whole connections")
struct ConnectionFuzzTests {
    static let rounds = ProcessInfo.processInfo.environment["NODEGATE_FUZZ_CONNECTIONS"].flatMap(Int.init) ?? 250

    /// What a gateway once got wrong, KEY standing for the key.
    static let finds: [String] = []

    @Test("Every answer has its one outcome, and every request that the appliance saw its one permit", arguments: [41, 42] as [UInt64])
    func connections(seed: UInt64) throws {
        let site = try TestSite { $0.limits.observations = 50_000 }
        let key = try site.key("pools/*")
        let gateway = try site.gateway { $0.throttle.failures = .max }
        var streams = ConnectionGenerator(seed: seed, key: key, vectors: try WireVector.load(
            "request-accepted", "request-accepted-fields", "request-accepted-bodies", "request-framing-refused",
            "request-body-refused", "request-fields-refused", "request-host-refused"))
        var answers: [Answer] = []
        var statuses: Set<Int> = []
        for round in 0..<Self.rounds + Self.finds.count {
            let stream = round < Self.finds.count
                ? Array(Self.finds[round].replacing("KEY", with: key).utf8) : streams.next()
            let client = try gateway.client()
            for piece in streams.pieces(of: stream) { guard client.send(piece) else { break } }
            client.finishWriting()
            while true {
                let answer = client.answer()
                guard answer.status != 0 else { break }
                statuses.insert(answer.status)
                // A stream is cut on the client's side only, so no answer may be.
                guard answer.isWhole, answer.exchange.count == 32 else {
                    Issue.record("seed \(seed), round \(round): \(answer.head) \(answer.end): \(text(stream))")
                    return
                }
                answers.append(answer)
            }
            guard client.end != .silent else {
                Issue.record("seed \(seed), round \(round): no end: \(text(stream))")
                return
            }
        }
        #expect(Patience.holds { gateway.server.connectionCount == 0 })
        gateway.stop()
        // Both sides of every kind were reached.
        #expect(statuses.isSuperset(of: [200, 400, 401, 403, 404]), "\(statuses)")
        try compare(answers, try site.records(), site.appliance.appliance.observations)
        #expect(try AuditVerifier.verify(path: site.auditPath).isIntact)
    }

    private func compare(_ answers: [Answer], _ records: [AuditRecord], _ seen: [ObservedRequest]) throws {
        let outcomes = records.filter { $0.kind == "outcome" }
        let byExchange = Dictionary(grouping: outcomes, by: \.exchange)
        #expect(byExchange.values.allSatisfy { $0.count == 1 })
        // Those that nobody was told of any more have no status.
        #expect(outcomes.filter { $0.status != 0 }.count == answers.count)
        #expect(Set(answers.map(\.exchange)).count == answers.count)
        for answer in answers {
            let record = byExchange[answer.exchange]?.first
            #expect(record?.status == answer.status, "\(answer.head)")
        }
        // One request for one permit, the very operation that was decided on, with the gateway's credential.
        let ids = seen.map { $0.values("X-Request-ID").first ?? "" }
        #expect(Set(ids).count == ids.count && seen.count > 50)
        for (id, request) in zip(ids, seen) {
            let record = try #require(byExchange[id]?.first, "\(request.targetText)")
            #expect(record[.decision] == "permit", "\(request.targetText)")
            #expect(request.effectiveMethod == record[.method] || request.effectiveMethod == "HEAD", "\(request.targetText)")
            #expect(!request.ran || request.action == record.ran, "\(request.targetText): \(request.action ?? "")")
            #expect(request.values("Authorization") == ["Bearer \(TestSite.applianceKey)"])
        }
    }

    private func text(_ stream: [UInt8]) -> String { String(decoding: stream.prefix(2_000), as: UTF8.self).debugDescription }
}

/// Streams of requests, some as they should be, some disfigured.
struct ConnectionGenerator {
    private var dice: Dice
    private let key: String
    private let seeds: [[UInt8]]
    private let pieces: [[UInt8]] = [
        "\r\n", "\n", "\r", "\r\n\r\n", ": ", " ", "\t", ",", "\0", "%", "%2f", "%2e", "..", "//", ";", "?", "#", "5", "chunked",
        "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n", "Content-Length: 0\r\n", "Connection: close\r\n", "Host: b\r\n",
        "Expect: 100-continue\r\n", "0\r\n\r\n", "5\r\nhello\r\n", "X_HTTP_Method_Override: DELETE\r\n", "_method=DELETE",
        "GET /api/v2/users HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.0", "ffffffffffffffff", "\r\n ", "http://b", "*", ".json",
    ].map { Array($0.utf8) }

    init(seed: UInt64, key: String, vectors: [WireVector]) {
        dice = Dice(seed: seed)
        self.key = key
        // A client that asks with HEAD would have to be told apart; it has tests of its own.
        seeds = vectors.filter { !$0.hasLimits && $0.bytes.count < 3_000 }.map(\.bytes)
            .filter { !String(decoding: $0, as: UTF8.self).uppercased().contains("HEAD") }
    }

    /// The bytes of one connection.
    mutating func next() -> [UInt8] {
        var stream: [UInt8] = []
        for _ in 0..<(1 + dice.below(5)) {
            var request = one()
            if dice.below(3) == 0 { for _ in 0..<(1 + dice.below(3)) { disfigure(&request) } }
            stream += request
        }
        return stream
    }

    /// Cuts that the network might make.
    mutating func pieces(of stream: [UInt8]) -> [[UInt8]] {
        var cuts = (0..<dice.below(4)).map { _ in dice.below(stream.count + 1) }
        cuts = ([0, stream.count] + cuts).sorted()
        return zip(cuts, cuts.dropFirst()).map { Array(stream[$0..<$1]) }
    }

    private mutating func one() -> [UInt8] {
        let number = dice.below(9)
        switch dice.below(8) {
        case 0: return Request("GET", "/tapes/\(number)", key: key).bytes
        case 1: return Request("GET", "/nowhere", key: key).bytes
        case 2: return Request("GET", "/pools/\(number)").bytes
        case 3: return Request("PUT", "/pools/\(number)", key: key, body: #"{"name":"pool \#(number)"}"#).bytes
        case 4:
            let fields = ["Transfer-Encoding: chunked", "Content-Type: application/json"]
            return Request("PUT", "/pools/\(number)", key: key, fields: fields).bytes
                + Array("7;a=b\r\n{\"name\"\r\n6\r\n:\"abc\"\r\n1\r\n}\r\n0\r\nX-T: t\r\n\r\n".utf8)
        case 5: return Request("DELETE", "/pools/\(number)", key: key).bytes
        case 6: return vector()
        default: return Request("GET", "/pools/\(number)?limit=\(number)", key: key).bytes
        }
    }

    /// A vector as it is, or aimed at an operation that the key may run.
    private mutating func vector() -> [UInt8] {
        let bytes = seeds[dice.below(seeds.count)]
        guard dice.below(2) == 0, let first = bytes.firstIndex(of: 13) else { return bytes }
        let line = "\(["GET", "PUT", "DELETE"][dice.below(3)]) /api/v2/pools/1 HTTP/1.1\r\nAuthorization: Bearer \(key)\r\n"
        return Array(line.utf8) + bytes[min(bytes.count, first + 2)...]
    }

    private mutating func disfigure(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let at = dice.below(bytes.count)
        let end = min(bytes.count, at + dice.below(12))
        switch dice.below(7) {
        case 0: bytes[at] ^= 1 << UInt8(dice.below(8))
        case 1: bytes[at] = UInt8(truncatingIfNeeded: dice.next())
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes.insert(contentsOf: pieces[dice.below(pieces.count)], at: at)
        case 5: bytes.replaceSubrange(at..<end, with: pieces[dice.below(pieces.count)])
        default: bytes = Array(bytes[..<at]) + one().suffix(dice.below(60))
        }
    }
}
