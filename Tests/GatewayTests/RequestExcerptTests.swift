import Foundation
import GatewayTesting
import Testing

@testable import Gateway

@Suite("Excerpts of requests that cannot be read")
struct RequestExcerptTests {
    private func excerpt(_ text: String) -> String { String(decoding: RequestExcerpt.text(Array(text.utf8).span), as: UTF8.self) }

    @Test("What helps is shown", arguments: [
        ("GET /api/v2/cloud_connectors/17 HTTP/1.1\r\nHost: a\r\n", "GET /api/v2/cloud_connectors/17 HTTP/1.1"),
        ("GET  /pools", "GET  /pools"), ("", ""), ("\r\nGET", ""),
        ("GET /pools?name=x&y=z HTTP/1.1", "GET /pools?[18 bytes]"), ("SSH-2.0-OpenSSH_9", "SSH-2.0-[7 bytes]_9"),
        ("\u{16}\u{3}\u{1}", "\u{16}\u{3}\u{1}"),
    ])
    func shown(text: String, expected: String) {
        #expect(excerpt(text) == expected)
    }

    @Test("What may be a credential is not", arguments: [
        "Authorization: Bearer hunter", "authorization:hunter", "X-Auth-Token: hunter", "Cookie: _session_id=hunter",
        "GET /pools?api_key=hunter", "GET /api_key/hunter HTTP/1.1", "password=hunter", "GET /#hunter",
        "GET /hunter2hunter HTTP/1.1", "GET http://user:aHunter9@host/ HTTP/1.1", "aHVudGVy", "GET /1234567890 HTTP/1.1",
        "Set-Cookie hunter", "BASIC hunter",
    ])
    func hidden(text: String) {
        let shown = excerpt(text)
        #expect(!shown.lowercased().contains("hunter") && !shown.contains("aHVudGVy") && !shown.contains("12345"), "\(shown)")
    }

    @Test("It is bounded, whatever comes", arguments: ["a", "/", "a1/", "\u{0}", "é", "1 "])
    func bounded(piece: String) {
        #expect(excerpt(String(repeating: piece, count: 100_000)).utf8.count <= 200)
    }

    @Test("The record of a request that cannot be read has one")
    func record() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        for (text, detail) in [
            ("GET /api/v2/pools HTTP/1.1\r\nHost: a\r\nBad Name: \(key)\r\n\r\n", "; began: GET /api/v2/pools HTTP/1.1"),
            ("Authorization: Bearer \(key)\r\n\r\n", "; began: Authorization["),
            ("GET /\u{1}\u{2} HTTP/1.1\r\n\r\n", "; began: GET /\\x01\\x02 HTTP/1.1"),
        ] {
            let client = try gateway.client()
            client.send(text)
            let answer = client.answer()
            #expect(answer.status == 400)
            let record = try #require(try site.records(of: answer).first)
            #expect(record[.detail].contains(detail), "\(record[.detail])")
            #expect(!record[.detail].contains(key))
        }
        gateway.stop()
        for (name, bytes) in try site.everythingWritten() {
            #expect(!String(decoding: bytes, as: UTF8.self).contains(key), "\(name)")
        }
    }
}
