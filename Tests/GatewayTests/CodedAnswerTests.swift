import Foundation
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

@Suite("Answers that the appliance compresses unasked")
struct CodedAnswerTests {
    /// Forty connectors, and what Python's gzip and zlib modules make of them.
    private static let document = #"{"count":3,"cloud_connectors":["# + (0..<40).map {
        #"{"id":\#($0),"name":"connector \#($0)","url":"https://s3.example.com:9000","secret_key":"SECRET-coded-\#($0)","region":"eu-\#($0)"}"#
    }.joined(separator: ",") + "]}"

    private static let bodies: [(coding: String, bytes: [UInt8])] = [
        ("gzip", bytes("""
        H4sIAAAAAAACA63XzWrbUBDF8Vcpd+0knnP8JW1LXiDtrpQQZNGG2lKwZUgJfvcqFDRmfHbjpe698F/px8xHafpTN5Sas9Ls+tP2uem7\
        rm2G/nAs9Y+P8rot9XxWupd9W+oyXX6Zl1k5HXbj2e9heDvWDw9H3rfvL/u3XXvf9Pu6ms8/3xzb5tAOz3/av+PTb49fnx6/3zX9tt3e\
        fd4e2l+vfTfetKfx+zz73zPRs3TPQs+mHkQP6R5CD1OPosd0j6HHqbcQvUW6twi9xdRbit4y3VuG3nLqrURvle6tQm819dait0731qG3\
        nnob0duke5vQ20y9SvSqdK8Kvcr/dwWM5YWxSIxdGCORuYEyV8y4M6agsbw0Fqkxt8YUNpbXxiI35t6YAsfy4lgkx9wcU+hYXh2L7Ji7\
        Ywoey8tjkR5ze0zhY3l9LPJj7o8pgCwvkEWCzA0yhZDlFbLIkLlDUA4h7xCiQ3CHoBxC3iFEh3Ax78iB5wYTz9XI4w5BOYS8Q4gOwR2C\
        cgh5hxAdgjsE5RDyDiE6BHcIyiHkHUJ0CO4QlEPIO4ToENwhKIeQdwjRIbhDUA4h7xCiQ3CHqBxi3iFGh+gOUTnEvEOMDtEdonKIeYcY\
        HeLF7iWXrxtsX1frlztE5RDzDjE6RHeIyiHmHWJ0iO4QlUPMO8ToEN0hKoeYd4jRIbpDVA4x7xCjQ3SHqBxi3iFGh8aD88/zP++er5cY\
        EgAA
        """)),
        ("deflate", bytes("""
        eNqt181q21AQxfFXKXftJJ5z/CVtS14g7a6UEGTRhtpSsGVICX73KhQ0Znx246XuvfBf6cfMR2n6UzeUmrPS7PrT9rnpu65thv5wLPWP\
        j/K6LfV8VrqXfVvqMl1+mZdZOR1249nvYXg71g8PR9637y/7t1173/T7uprPP98c2+bQDs9/2r/j02+PX58ev981/bbd3n3eHtpfr303\
        3rSn8fs8+98z0bN0z0LPph5ED+keQg9Tj6LHdI+hx6m3EL1FurcIvcXUW4reMt1bht5y6q1Eb5XurUJvNfXWordO99aht556G9HbpHub\
        0NtMvUr0qnSvCr3K/3cFjOWFsUiMXRgjkbmBMlfMuDOmoLG8NBapMbfGFDaW18YiN+bemALH8uJYJMfcHFPoWF4di+yYu2MKHsvLY5Ee\
        c3tM4WN5fSzyY+6PKYAsL5BFgswNMoWQ5RWyyJC5Q1AOIe8QokNwh6AcQt4hRIdwMe/IgecGE8/VyOMOQTmEvEOIDsEdgnIIeYcQHYI7\
        BOUQ8g4hOgR3CMoh5B1CdAjuEJRDyDuE6BDcISiHkHcI0SG4Q1AOIe8QokNwh6gcYt4hRofoDlE5xLxDjA7RHaJyiHmHGB3ixe4ll68b\
        bF9X65c7ROUQ8w4xOkR3iMoh5h1idIjuEJVDzDvE6BDdISqHmHeI0SG6Q1QOMe8Qo0N0h6gcYt4hRofGg/PP8z9VBI4w
        """)),
        ("x-gzip", Archive.gzip(Array(document.utf8))),
    ]

    private static func bytes(_ base64: String) -> [UInt8] { Data(base64Encoded: base64).map(Array.init) ?? [] }

    private static let masked = document.replacing(#/SECRET-coded-[0-9]+/#, with: "[censored]")

    @Test("For a caller who may not see secrets: decoded, masked, with a true length; for one who may: as it came")
    func decoded() throws {
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        for (coding, bytes) in Self.bodies {
            let fields = [SimulatedField.json, SimulatedField("Content-Encoding", coding), SimulatedField("ETag", "W/\"1\"")]
            next.scenario = .answer(fields: fields, body: bytes)
            let whole = try scripted.ask("GET", Scripted.protected)
            #expect(whole.status == 200 && whole.text == Self.masked, "\(coding): \(whole.status) \(whole.text)")
            #expect(whole.field("Content-Length") == "\(Self.masked.utf8.count)" && !whole.isChunked, "\(coding)")
            #expect(whole.field("Content-Encoding") == nil && whole.field("ETag") == nil, "\(coding)")
            let record = try #require(try scripted.site.records(of: whole).last)
            #expect(record[.redacted] == 40 && record[.bytesOut] == Int64(Self.masked.utf8.count))
            for sizes in [[1], [2, 1], [7], [64, 3], [1_000], [bytes.count - 1, 1]] {
                next.scenario = .chunked(bytes, sizes: sizes, fields: fields)
                let answer = try scripted.ask("GET", Scripted.protected)
                #expect(answer.isWhole && answer.text == Self.masked, "\(coding) by \(sizes): \(answer.status)")
            }
            let open = try scripted.ask()
            #expect(open.body == bytes && open.field("Content-Encoding") == coding && open.field("ETag") != nil, "\(coding)")
        }
        // Nobody asked for it.
        #expect(scripted.seen.filter { $0.targetText.contains("cloud_connectors") }.allSatisfy { $0.values("Accept-Encoding") == ["identity"] })
    }

    @Test("Cut at every byte: nothing of it passes")
    func cut() throws {
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        for (coding, bytes) in Self.bodies {
            let fields = [SimulatedField.json, SimulatedField("Content-Encoding", coding)]
            for count in stride(from: 1, to: bytes.count, by: 37) {
                next.scenario = .answer(fields: fields, body: Array(bytes[..<count]))
                let answer = try scripted.ask("GET", Scripted.protected)
                guard answer.status == 502, answer.code == "response_withheld", !answer.text.contains("connector") else {
                    Issue.record("\(coding) cut at \(count): \(answer.status) \(answer.text)")
                    return
                }
            }
        }
    }

    @Test("A thousand times as much text as there are bytes: broken off, and recorded why")
    func bomb() throws {
        // Eight mebibytes of blanks, by Python's zlib at level 9.
        var body: [UInt8] = [120, 218, 236, 193, 129, 0, 0, 0, 0, 128, 32, 149, 253, 41, 23, 169, 10]
        body += [UInt8](repeating: 0, count: 4_094) + [128, 219, 131, 3, 2, 0, 0, 0, 0, 33, 255, 95, 55, 36]
        body += [UInt8](repeating: 0, count: 4_033) + [156, 5, 180, 60, 240, 1]
        let scripted = try Scripted(.answer(fields: [.json, SimulatedField("Content-Encoding", "deflate")], body: body))
        let answer = try scripted.ask("GET", Scripted.protected)
        #expect(!answer.isWhole || answer.code == "response_withheld", "\(answer.status)")
        #expect(answer.body.count < 4 << 20)
        // What had left already is recorded before it left; that it was cut off, afterwards.
        #expect(try Patience.holds { try scripted.site.records(of: answer).last?.reason == "response_withheld" })
    }

    @Test("Megabytes of it stream, masked, in bounded buffers")
    func large() throws {
        let text = "[" + (0..<30_000).map { #"{"id":\#($0),"secret_key":"SECRET-large-\#($0)"},"# }.joined() + "{}]"
        let fields = [SimulatedField.json, SimulatedField("Content-Encoding", "gzip")]
        let scripted = try Scripted(.chunked(Archive.gzip(Array(text.utf8)), sizes: [9_973, 1, 40_009], fields: fields))
        let answer = try scripted.ask("GET", Scripted.protected)
        #expect(answer.isWhole && answer.isChunked && answer.text == text.replacing(#/SECRET-large-[0-9]+/#, with: "[censored]"))
    }
}
