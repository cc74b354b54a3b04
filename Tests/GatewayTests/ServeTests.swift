import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("nodegate serve, as a process", .serialized)
struct ServeTests {
    private static let ok = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)

    @Test("Ready, serving, SIGTERM: what is in flight ends, records are stored, exit 0", arguments: [SIGTERM, SIGINT])
    func stop(signal: Int32) throws {
        let gate = Gate()
        let site = try TestSite()
        site.appliance.setScenario { _ in Scenario([.wait { gate.wait() }, .bytes(Self.ok)], ending: .keepAlive) }
        let key = try site.key("pools/*", "cloud_connectors/get_secret_key")
        let gateway = try site.serve()
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: key).bytes)
        #expect(site.appliance.appliance.observation { _ in true } != nil)
        gateway.process.signal(signal)
        #expect(Patience.holds { (try? gateway.client()) == nil })
        gate.open()
        let answer = client.answer()
        #expect(answer.status == 200 && answer.text == "ok")
        #expect(gateway.process.status() == 0)
        #expect(gateway.process.errorText.contains("stopped"))
        #expect(try site.records(of: answer).map(\.kind) == ["intent", "outcome"])
        #expect(try site.records { $0.kind = .lifecycle }.map { $0[.detail] }.last == "stopped")
        #expect(try AuditVerifier.verify(path: site.auditPath).isIntact)
    }

    @Test("SIGHUP: a good configuration counts, a broken one is named and the old one stays")
    func reload() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.serve()
        let body = #"{"name":"long enough"}"#
        #expect(try gateway.ask("PUT", "/pools/1", key: key, body: body).status == 200)
        try site.configure("limits: {body: 5B}")
        gateway.process.signal(SIGHUP)
        #expect(try Patience.holds { try gateway.ask("PUT", "/pools/1", key: key, body: body).status == 413 })
        try site.configure("limts: {body: 1B}")
        gateway.process.signal(SIGHUP)
        #expect(Patience.holds { gateway.process.errorText.contains("limts") })
        #expect(gateway.process.errorText.contains("stays as it was"))
        #expect(try gateway.ask("PUT", "/pools/1", key: key, body: "{}").status == 200)
        #expect(try gateway.ask("PUT", "/pools/1", key: key, body: body).status == 413)
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0)
    }

    @Test("What it cannot start with is named, with exit 1")
    func failures() throws {
        let site = try TestSite()
        let neighbour = try TestSite()
        let other = try neighbour.gateway()
        let free = "127.0.0.1:0"
        let cases: [(more: String, listener: String, credential: String, words: [String])] = [
            ("", "127.0.0.1:\(other.port)", "appliance.key", ["127.0.0.1:\(other.port)", "use"]),
            ("", "no-such-host.invalid:8080", "appliance.key", ["no-such-host.invalid"]),
            ("", free, "no-such-file.key", ["no-such-file.key", "upstream.credential.file"]),
            ("", "192.0.2.1:0", "appliance.key", ["192.0.2.1"]),
            ("limits: {body: -1}", free, "appliance.key", ["nodegate.yaml", "limits.body"]),
        ]
        for (more, listener, credential, words) in cases {
            let path = try site.configure(more, listener: listener, credential: credential)
            let result = try Command.run("serve", "--config", path)
            #expect(result.status == 1, "\(words): \(result.errors)")
            #expect(result.output == "")
            for word in words { #expect(result.errors.contains(word), "\(word): \(result.errors)") }
            #expect(!result.errors.contains(TestSite.applianceKey))
        }
        // A log has one writer.
        let running = try site.gateway()
        let result = try Command.run("serve", "--config", try site.configure())
        #expect(result.status == 1 && result.errors.contains("audit.db"), "\(result.errors)")
        #expect(running.port != 0 && other.port != 0)
    }

    @Test("A gigabyte down and a quarter of one up, in less than 64 MiB")
    func memory() throws {
        let size: UInt64 = 1 << 30
        let site = try TestSite()
        site.appliance.setScenario { $0.method == "GET" ? .large(size) : nil }
        let key = try site.key("pools/*", "cloud_connectors/get_secret_key")
        let gateway = try site.serve()
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: key).bytes)
        let head = client.head()
        #expect(head.status == 200 && head.field("Content-Length") == "\(size)")
        #expect(client.skip(Int(size)) == Int(size))
        let uploaded = size / 4
        client.send(Request("PUT", "/pools/1", key: key, fields: ["Content-Type: application/json", "Content-Length: \(uploaded)"]).bytes)
        let block = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
        for _ in 1..<(uploaded >> 20) { guard client.send(block) else { break } }
        // Blanks alone are no JSON, and would get no end.
        client.send(block.dropLast(2) + Array("{}".utf8))
        #expect(client.answer().status == 200)
        let upload = try #require(site.appliance.appliance.observations.last)
        #expect(upload.method == "PUT" && upload.bodyCount == uploaded)
        let peak = try gateway.kibibytes("VmHWM")
        #expect(peak > 0 && peak < 64 * 1_024, "\(peak) KiB")
    }

    @Test("A file of a gigabyte up, in less than 64 MiB")
    func fileUpload() throws {
        let size: UInt64 = 1 << 30
        let site = try TestSite()
        let key = try site.key("cloud_buckets/update_config_file")
        let gateway = try site.serve()
        let client = try gateway.client()
        let start = Array("--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".utf8)
        let end = Array("\r\n--limit--\r\n".utf8)
        let length = UInt64(start.count + end.count) + size
        client.send(Request("PUT", "/cloud_buckets/1/config_file", key: key, fields: [
            "Content-Type: multipart/form-data; boundary=limit", "Content-Length: \(length)",
        ]).bytes + start)
        let block = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        for _ in 0..<(size >> 20) { guard client.send(block) else { break } }
        client.send(end)
        #expect(client.answer().status == 200)
        let upload = try #require(site.appliance.appliance.observations.last)
        #expect(upload.method == "PUT" && upload.bodyCount == length)
        let peak = try gateway.kibibytes("VmHWM")
        #expect(peak > 0 && peak < 64 * 1_024, "\(peak) KiB")
    }

    @Test("A storm of clients that break off at every point leaves no descriptor behind")
    func storm() throws {
        let site = try TestSite()
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 2_000_000)
        site.appliance.setScenario { request in
            request.targetText.hasSuffix("/9")
                ? .answer(fields: [SimulatedField("Content-Type", "text/plain")], body: body)
                : request.targetText.hasSuffix("/8") ? .silence : nil
        }
        let key = try site.key("pools/*", "cloud_connectors/get_secret_key")
        let gateway = try site.serve()
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        #expect(Patience.holds { site.appliance.connectionCount == 0 })
        let before = gateway.descriptorCount
        var dice = Dice(seed: 7)
        let upload = Request("PUT", "/pools/1", key: key, fields: ["Content-Type: application/json", "Content-Length: 900000"]).bytes
            + [UInt8](repeating: 0x20, count: 60_000)
        for round in 0..<240 {
            let client = try gateway.client()
            switch round % 6 {
            case 0: client.send(Array(upload[..<dice.below(upload.count)]))
            case 1: client.send(Request("GET", "/pools/9", key: key).bytes)
            case 2:
                client.send(Request("GET", "/pools/9", key: key).bytes)
                _ = client.receive(1 + dice.below(500_000))
            case 3: client.send(Request("GET", "/pools/8", key: key).bytes)
            case 4: client.send((0..<20).flatMap { Request("GET", "/pools/\($0)", key: key).bytes })
            default: break
            }
            if dice.below(2) == 0 || round % 6 == 3 { client.resetAtEnd() }
        }
        #expect(Patience.holds { gateway.descriptorCount <= before }, "\(gateway.descriptorCount) of \(before)")
        #expect(Patience.holds { site.appliance.connectionCount == 0 }, "\(site.appliance.connectionCount)")
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0)
    }

    @Test("The demo shows what it promises")
    func demo() throws {
        let result = try Command.run("demo", "--exit")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("Every step answered as expected."))
        #expect(!result.output.contains("NOT AS EXPECTED"))
    }
}
