import Foundation
import HTTPWire
import Testing

/// Messages made from vectors and their parts by a seeded generator, so that a find can be had again by its seed.
/// Every round must come to one outcome however the bytes arrive, and what is accepted must survive being written
/// and read again. NODEGATE_FUZZ_ROUNDS sets how many rounds; a find becomes a vector.
@Suite("Fuzz: generated messages")
struct FuzzTests {
    static let rounds = ProcessInfo.processInfo.environment["NODEGATE_FUZZ_ROUNDS"].flatMap(Int.init) ?? 3000

    static let requests = refusedRequests + refusedRequestBodies + acceptedRequests
    static let responses = refusedResponses + acceptedResponses

    @Test("requests", arguments: [1, 2, 3, 4] as [UInt64])
    func requests(seed: UInt64) {
        var generator = MessageGenerator(seed: seed, seeds: Self.requests)
        for round in 0..<Self.rounds {
            let vector = generator.next()
            guard agrees(vector, Outcome.ofRequest, &generator, "seed \(seed), round \(round)") else { return }
            rewriteRequest(vector)
        }
    }

    @Test("responses", arguments: [5, 6] as [UInt64])
    func responses(seed: UInt64) {
        var generator = MessageGenerator(seed: seed, seeds: Self.responses)
        for round in 0..<Self.rounds {
            let vector = generator.next()
            guard agrees(vector, Outcome.ofResponse, &generator, "seed \(seed), round \(round)") else { return }
        }
    }

    @Test("the generator reaches both outcomes")
    func reach() {
        var generator = MessageGenerator(seed: 7, seeds: Self.requests)
        var accepted = 0
        for _ in 0..<1000 {
            let vector = generator.next()
            if Outcome.ofRequest(vector, cuts: [vector.bytes.count]).facts.first == "accepted" { accepted += 1 }
        }
        #expect(accepted > 100 && accepted < 900)
    }

    private func agrees(
        _ vector: Vector, _ outcome: (Vector, [Int]) -> Outcome, _ generator: inout MessageGenerator, _ origin: String
    ) -> Bool {
        let count = vector.bytes.count
        let whole = outcome(vector, [count])
        var cuts = Set([count])
        for _ in 0..<generator.below(6) { cuts.insert(generator.below(count + 1)) }
        for ways in [cuts.sorted(), Array(0...count)] {
            let split = outcome(vector, ways)
            guard split == whole else {
                Issue.record("\(origin): \(Vector.escape(vector.bytes)): \(split.facts) at \(ways), \(whole.facts)")
                return false
            }
        }
        return true
    }

    /// What the writers make of an accepted request is the same request.
    private func rewriteRequest(_ vector: Vector) {
        let head = RequestHead(limits: vector.limits)
        var parser = RequestParser(limits: vector.limits)
        guard let length = try? parser.parse(vector.bytes.span, into: head) else { return }
        #expect(length <= vector.bytes.count)
        let buffer = ByteBuffer(capacity: 2 * vector.limits.headBytes + 64)
        let bytes = vector.bytes
        #expect(buffer.appendRequestLine(method: bytes[head.methodRange.range], target: bytes[head.path.range]))
        for index in 0..<head.fields.count { #expect(buffer.appendField(head.fields[index], of: bytes)) }
        // The version is always written as 1.1, which wants a Host.
        if head.host.isEmpty { #expect(buffer.appendField("Host", "none")) }
        #expect(buffer.appendHeadEnd())

        let again = RequestHead(limits: HTTPLimits(startLineBytes: 65536, fieldCount: 200, fieldBytes: 131072))
        var second = RequestParser(limits: HTTPLimits(startLineBytes: 65536, fieldCount: 200, fieldBytes: 131072))
        let written = contents(buffer)
        do {
            #expect(try second.parse(written, into: again) == buffer.count)
        } catch {
            Issue.record("\(error): \(Vector.escape(vector.bytes))")
            return
        }
        #expect(again.method == head.method && again.framing == head.framing)
        #expect(written[again.target.range] == bytes[head.path.range])
        for index in 0..<head.fields.count {
            #expect(written[again.fields[index].name.range] == bytes[head.fields[index].name.range])
            #expect(written[again.fields[index].value.range] == bytes[head.fields[index].value.range])
            #expect(again.fields[index].isHopByHop == head.fields[index].isHopByHop)
        }
    }
}

/// SplitMix64 and a few ways to disfigure a message.
struct MessageGenerator {
    private var state: UInt64
    private let seeds: [Vector]
    private let pieces: [[UInt8]] = [
        "\r\n", "\n", "\r", "\r\n\r\n", ": ", ":", " ", "\t", ",", ";", "\0", "\u{7f}", "%", "%41", "[", "@", "0", "5",
        "chunked", "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n", "Connection: close, x\r\n", "Host: a\r\n",
        "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.0", "Expect: 100-continue\r\n", "0\r\n\r\n", "5\r\nhello\r\n",
        "X_Forwarded_For: a\r\n", "X-A: b\r\n", "ffffffffffffffff", "9223372036854775808", "\r\n ", "://", "*",
    ].map { Array($0.utf8) }

    init(seed: UInt64, seeds: [Vector]) {
        state = seed
        self.seeds = seeds
    }

    mutating func random() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Zero to `bound - 1`.
    mutating func below(_ bound: Int) -> Int {
        Int(random() % UInt64(bound))
    }

    mutating func next() -> Vector {
        var vector = seeds[below(seeds.count)]
        for _ in 0..<below(4) { disfigure(&vector.bytes) }
        return vector
    }

    private mutating func disfigure(_ bytes: inout [UInt8]) {
        let at = below(bytes.count + 1)
        let end = min(bytes.count, at + below(12))
        switch below(7) {
        case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(below(8))
        case 1 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: random())
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes.insert(contentsOf: pieces[below(pieces.count)], at: at)
        case 5: bytes.replaceSubrange(at..<end, with: pieces[below(pieces.count)])
        default:
            let other = seeds[below(seeds.count)].bytes
            bytes = Array(bytes[..<at] + other[below(other.count + 1)...])
        }
    }
}
