import Cryptography
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

/// What other readers of HTTP make of what the gateway sends: h11, and the standard library of Python.
@Suite("Second readers: one request in is one request out, and an answer is read alike by all")
struct SecondReaderTests {
    /// A request as the recording upstream read it.
    private struct Recorded: Decodable {
        var id: String?
        var method = ""
        var target = ""
        var framing = ""
        var length = 0
        var digest = ""
        var extra = 0
        var agrees: Bool
    }

    /// What both readers made of an answer.
    private struct ReadAnswer: Decodable {
        let status: Int
        let whole: Bool
        let length: Int
        let digest: String
        let agrees: Bool
    }

    private static func digest(of bytes: [UInt8]) throws -> String { try SHA256.digest(bytes.span).hexadecimal }

    /// An upstream in Python behind a gateway.
    private final class Recorder {
        let site: TestSite
        let key: String
        let gateway: TestGateway
        private let upstream: RunningCommand

        init() throws {
            upstream = try RunningCommand([try Python.script("recorder.py")], program: try Python.interpreter)
            let port = try #require(upstream.line().flatMap { UInt16($0) }, "\(upstream.errorText)")
            site = try TestSite()
            key = try site.key("pools/*")
            gateway = try site.gateway { $0.upstream.port = port }
        }

        /// The next whole request that the upstream read.
        func next() throws -> Recorded? {
            while let line = upstream.line() {
                // Broken off by the gateway, which is right after a refusal: no request at all.
                guard line.contains("\"id\"") else { continue }
                return try JSONDecoder().decode(Recorded.self, from: Data(line.utf8))
            }
            return nil
        }
    }

    /// Checks what the upstream read of a request that was answered.
    private func check(_ answer: Answer, _ recorder: Recorder, _ wanted: GeneratedRequest, _ comment: String) throws -> Bool {
        guard answer.status == 200, answer.code == nil else {
            Issue.record("\(comment): \(answer.status) \(answer.text)")
            return false
        }
        let read = try #require(try recorder.next())
        let framing = read.length == 0 && read.framing == ""
            || read.framing == "content-length: \(read.length)" || read.framing == "transfer-encoding: chunked"
        let isAsSent = try read.id == answer.exchange && read.method == wanted.method
            && read.target.removingPercentEncoding == wanted.target.removingPercentEncoding
            && read.length == wanted.body.count && read.digest == Self.digest(of: wanted.body)
        if !read.agrees || read.extra != 0 || !framing || !isAsSent {
            Issue.record("\(comment): \(read) instead of \(wanted.method) \(wanted.target), \(wanted.body.count) bytes")
            return false
        }
        return true
    }

    @Test("Generated requests, alone and in rows, are read as they were sent, and nothing else is", arguments: [31, 32] as [UInt64])
    func requests(seed: UInt64) throws {
        let recorder = try Recorder()
        var dice = Dice(seed: seed)
        for round in 0..<80 {
            let row = (0..<(1 + dice.below(3))).map { _ in GeneratedRequest(key: recorder.key, &dice) }
            let client = try recorder.gateway.client()
            let bytes = row.flatMap(\.bytes)
            let cut = dice.below(bytes.count)
            client.send(Array(bytes[..<cut]))
            client.send(Array(bytes[cut...]))
            for request in row {
                guard try check(
                    client.answer(to: request.method), recorder, request, "seed \(seed), round \(round)")
                else { return }
                // What follows one that asked to close is not served.
                if request.closes { break }
            }
        }
    }

    @Test("What is accepted of the vectors arrives as one request")
    func vectors() throws {
        let recorder = try Recorder()
        let vectors = try WireVector.load("request-accepted", "request-accepted-fields", "request-accepted-bodies")
        var count = 0
        for vector in vectors where !vector.hasLimits {
            guard let request = try GeneratedRequest(vector, key: recorder.key) else { continue }
            let client = try recorder.gateway.client()
            client.send(request.bytes)
            client.finishWriting()
            let answer = client.answer(to: request.method)
            guard answer.status == 200 else {
                // A row's wish for a coding of the body, an expectation, a second credential: refused with a reason.
                #expect(answer.status == 0 || answer.code != nil, "\(vector.name): \(answer.text)")
                continue
            }
            guard try check(answer, recorder, request, vector.name) else { return }
            count += 1
        }
        #expect(count >= 50)
    }

    @Test("Refused bodies: the upstream reads no request of them")
    func refusedBodies() throws {
        let recorder = try Recorder()
        let vectors = try WireVector.load("request-body-refused").filter { !$0.hasLimits && !$0.closes }
        #expect(vectors.count > 20)
        for vector in vectors {
            guard let request = try GeneratedRequest(vector, key: recorder.key) else { continue }
            let client = try recorder.gateway.client()
            client.send(request.bytes)
            #expect(client.answer().status >= 400, "\(vector.name)")
        }
        // The next one that is read is this.
        var dice = Dice(seed: 1)
        let last = GeneratedRequest(key: recorder.key, &dice)
        let client = try recorder.gateway.client()
        client.send(last.bytes)
        #expect(try check(client.answer(to: last.method), recorder, last, "the one after"))
    }

    @Test("Answers of every framing are read alike by h11, by http.client and as the appliance meant them")
    func answers() throws {
        let site = try TestSite()
        let key = try site.key("pools/*", "cloud_connectors/get_secret_key")
        let gateway = try site.gateway()
        var dice = Dice(seed: 33)
        let octets = SimulatedField("Content-Type", "application/octet-stream")
        let wanted = (0..<140).map { number -> (body: [UInt8], script: Scenario, isCut: Bool) in
            let body = (0..<dice.below(number % 10 == 0 ? 200_000 : 3_000)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
            switch dice.below(5) {
            case 0: return (body, .answer(fields: [octets], body: body), false)
            case 1:
                let sizes = (0..<5).map { _ in 1 + dice.below(2_000) }
                return (body, .chunked(body, sizes: sizes, fields: [octets], trailers: [SimulatedField("X-T", "t")]), false)
            case 2:
                return (body, .raw("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n").followed(by: body), false)
            case 3:
                return (body, .raw("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
                    .followed(by: body), false)
            default: return (body, .cut(body, declared: body.count + 1 + dice.below(9_000)), true)
            }
        }
        site.appliance.setScenario { request in
            guard let number = request.targetText.split(separator: "/").last.flatMap({ Int($0) }) else { return nil }
            return wanted[number].script
        }
        let result = try Command.run(
            program: try Python.interpreter, [try Python.script("second_reader.py"), "\(gateway.port)", key, "\(wanted.count)"])
        #expect(result.status == 0, "\(result.errors)")
        let answers = try result.lines.map { try JSONDecoder().decode(ReadAnswer.self, from: Data($0.utf8)) }
        #expect(answers.count == wanted.count)
        for (number, (answer, script)) in zip(answers, wanted).enumerated() {
            if script.isCut {
                // An answer that the appliance cut is a whole 502 or a cut 200.
                #expect(answer.status == 502 || !answer.whole, "\(number): \(answer)")
            } else {
                #expect(answer.status == 200 && answer.whole && answer.length == script.body.count, "\(number): \(answer)")
                #expect(try answer.digest == Self.digest(of: script.body), "\(number)")
            }
            #expect(answer.agrees, "\(number): \(answer)")
        }
    }
}

extension Scenario {
    fileprivate func followed(by body: [UInt8]) -> Scenario { Scenario(steps + [.bytes(body)], ending: .close) }
}
