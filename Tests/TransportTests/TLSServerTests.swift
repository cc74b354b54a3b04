import Foundation
import GatewayTesting
import Glibc
import Testing
@testable import Transport

@Suite struct TLSServerTests {
    @Test(arguments: ["1.2", "1.3"])
    func speaksWithPython(version: String) throws {
        let echo = try TLSEcho()
        let facts = try echo.client("--ca", TLSFixtures.path("authority.pem"), "--version", version, "--alpn", "http/1.1").facts()
        #expect(facts["version"] as? String == "TLSv\(version)")
        #expect(facts["alpn"] as? String == "http/1.1")
        #expect(facts["echo"] as? Bool == true)
        let peer = try echo.log.peer()
        #expect(peer.version == "TLSv\(version)")
        #expect(peer.serverName == "localhost")
        #expect(peer.applicationProtocol == "http/1.1")
        #expect(peer.certificate == nil)
        #expect(!peer.isResumed)
        #expect(try echo.log.ending() == .ended)
    }

    /// What is offered: nothing of yesterday, whatever a client asks for (RFC 8996, RFC 9325 section 4).
    @Test(arguments: [
        "-tls1", "-tls1_1", "-cipher AES128-GCM-SHA256 -tls1_2", "-cipher ECDHE-RSA-AES128-SHA -tls1_2",
        "-cipher ECDHE-ECDSA-AES256-SHA384 -tls1_2", "-cipher DHE-RSA-AES128-GCM-SHA256 -tls1_2",
        "-cipher AES256-SHA -tls1_2", "-cipher NULL-SHA256 -tls1_2", "-cipher ADH-AES128-SHA256 -tls1_2",
        "-cipher ECDHE-ECDSA-AES128-CCM -tls1_2",
        "-ciphersuites TLS_AES_128_CCM_SHA256 -tls1_3", "-curves P-521 -tls1_3",
        "-sigalgs RSA+SHA1:ECDSA+SHA1 -tls1_2",
    ])
    func refusesWhatIsOutOfDate(options: String) throws {
        let echo = try TLSEcho(TLSServerSettings(
            identities: [try TLSFixtures.identity("local-ec"), try TLSFixtures.identity("local-rsa")]))
        // Level 0, so that it is our side that says no.
        let parts = options.split(separator: " ").map(String.init)
        let relaxed = parts.enumerated().map { index, part in
            index > 0 && parts[index - 1] == "-cipher" ? part + ":@SECLEVEL=0" : part
        } + (parts.contains("-cipher") ? [] : ["-cipher", "DEFAULT:@SECLEVEL=0"])
        let output = try ChildProcess(
            ["openssl", "s_client", "-connect", "127.0.0.1:\(echo.port)"] + relaxed, mergesErrors: true).finish().output
        #expect(output.contains("Cipher is (NONE)"), "\(output)")
        let failure = try echo.log.handshakeFailure()
        #expect(failure == .noCommonVersion || failure == .noCommonCipher, "\(String(describing: failure))")
    }

    @Test(arguments: [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ])
    func offersModernCiphersWithEitherKey(cipher: String) throws {
        let echo = try TLSEcho(TLSServerSettings(
            identities: [try TLSFixtures.identity("local-rsa"), try TLSFixtures.identity("local-ec")]))
        let facts = try echo.client(
            "--ca", TLSFixtures.path("authority.pem"), "--version", "1.2", "--ciphers", cipher).facts()
        #expect(facts["cipher"] as? String == cipher)
        #expect(facts["echo"] as? Bool == true)
    }

    @Test func negotiatesNeitherCompressionNorRenegotiation() throws {
        let echo = try TLSEcho()
        let client = try ChildProcess(
            ["openssl", "s_client", "-connect", "127.0.0.1:\(echo.port)", "-tls1_2", "-comp"], mergesErrors: true)
        // A line that is just R has s_client renegotiate.
        try client.send("R")
        let output = client.finish().output
        #expect(output.contains("Compression: NONE"))
        #expect(output.contains("no renegotiation") || output.contains("alert"), "\(output)")
    }

    @Test(arguments: [
        ("localhost", "DNS:localhost"), ("alpha.test", "DNS:alpha.test"), ("ALPHA.test", "DNS:alpha.test"),
        ("one.wild.test", "DNS:*.wild.test"),
        // A wildcard stands for one label, and nobody's name gets the first certificate.
        ("a.one.wild.test", "DNS:localhost"), ("wild.test", "DNS:localhost"), ("other.test", "DNS:localhost"),
    ])
    func choosesTheCertificateByName(name: String, expected: String) throws {
        let echo = try TLSEcho(TLSServerSettings(identities: try ["local-ec", "alpha", "wild"].map { try TLSFixtures.identity($0) }))
        let output = try ChildProcess(
            ["bash", "-c", """
                openssl s_client -connect 127.0.0.1:\(echo.port) -servername \(name) < /dev/null 2> /dev/null \
                | openssl x509 -noout -ext subjectAltName
                """]).finish().output
        #expect(output.contains(expected), "\(output)")
        #expect(try echo.log.peer().serverName?.lowercased() == name.lowercased())
    }

    @Test func servesClientsThatNameNoHost() throws {
        let echo = try TLSEcho()
        let facts = try echo.client("--ca", TLSFixtures.path("authority.pem"), "--no-name").facts()
        #expect(facts["echo"] as? Bool == true)
        #expect(try echo.log.peer().serverName == nil)
    }

    @Test func sendsTheWholeChain() throws {
        var settings = TLSServerSettings(identities: [try TLSFixtures.identity("chained", chain: "chained-chain.pem")])
        settings.minimumVersion = .tls13
        let echo = try TLSEcho(settings)
        let facts = try echo.client("--ca", TLSFixtures.path("authority.pem")).facts()
        #expect(facts["echo"] as? Bool == true)
        let older = try echo.client("--version", "1.2").facts()
        #expect((older["error"] as? String)?.contains("PROTOCOL_VERSION") == true)
    }

    @Test func refusesAnUnknownApplicationProtocol() throws {
        let echo = try TLSEcho()
        let facts = try echo.client("--alpn", "h2").facts()
        #expect((facts["error"] as? String)?.contains("no application protocol") == true, "\(facts)")
        #expect(try echo.log.handshakeFailure() == .noCommonProtocol)
    }

    @Test func knowsPlainHTTPAndNoise() throws {
        let http = try TLSEcho()
        let client = try RawClient(port: http.port)
        client.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(try http.log.handshakeFailure() == .plainHTTP)
        let noise = try TLSEcho()
        let other = try RawClient(port: noise.port)
        other.send([UInt8](repeating: 0x41, count: 100))
        #expect(try noise.log.handshakeFailure() == .notTLS)
    }

    @Test func knowsAPeerThatLeavesInTheHandshake() throws {
        let echo = try TLSEcho()
        do {
            let client = try RawClient(port: echo.port)
            client.send([22, 3, 1, 2, 0, 1])
        }
        #expect(try echo.log.handshakeFailure() == .closedInHandshake)
    }

    @Test func leavesTheHandshakeDeadlineToTheChannel() throws {
        let echo = try TLSEcho(TLSServerSettings(identities: [try TLSFixtures.identity("local-ec")]), deadline: 150)
        let client = try RawClient(port: echo.port)
        client.send([22, 3, 1])
        // The peer closes instead of running into the client's own time-out.
        #expect(client.receive(1) == [])
        try echo.log.wait(for: .timedOut)
        #expect(!echo.log.all.contains { if case .secured = $0 { true } else { false } })
    }

    @Test(arguments: ["1.2", "1.3"])
    func movesMoreThanAnyBufferHolds(version: String) throws {
        let echo = try TLSEcho()
        let facts = try echo.client("--version", version, "--bytes", "8000000").facts()
        #expect(facts["echo"] as? Bool == true)
        #expect(try echo.log.ending() == .ended)
    }

    @Test(arguments: ["1.2", "1.3"])
    func tellsACutFromAnEnd(version: String) throws {
        let cut = try TLSEcho()
        #expect(try cut.client("--version", version, "--end", "cut").facts()["echo"] as? Bool == true)
        #expect(try cut.log.ending() == .failed(ECONNRESET, .truncated))
        let reset = try TLSEcho()
        #expect(try reset.client("--version", version, "--end", "reset").facts()["echo"] as? Bool == true)
        #expect(try reset.log.ending() == .failed(ECONNRESET, .failed(errno: ECONNRESET)))
    }

    @Test func tellsAKilledPeerFromAnEnd() throws {
        let echo = try TLSEcho()
        let waiting = try ChildProcess(["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:\(echo.port)"])
        try waiting.send("hello")
        #expect(waiting.line() == "hello")
        waiting.kill()
        #expect(try echo.log.ending() == .failed(ECONNRESET, .truncated))
    }

    @Test func reloadsWithoutDroppingAConnection() throws {
        let echo = try TLSEcho()
        let open = try ChildProcess(["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:\(echo.port)"])
        try open.send("before")
        #expect(open.line() == "before")
        try echo.reload(TLSServerSettings(identities: [try TLSFixtures.identity("alpha")]))
        let facts = try echo.client("--ca", TLSFixtures.path("authority.pem"), "--no-name").facts()
        #expect(facts["names"] as? [String] == ["DNS:alpha.test"])
        // The old context has no other owner than this connection.
        try open.send("after")
        #expect(open.line() == "after")
    }

    @Test func takesNewKeysInBetween() throws {
        let echo = try TLSEcho()
        let client = try ChildProcess(
            ["openssl", "s_client", "-tls1_3", "-connect", "127.0.0.1:\(echo.port)"], mergesErrors: true)
        // A line that is just K has s_client change its keys and ask for ours to be changed (RFC 8446 section 4.6.3).
        for line in ["before", "K", "after"] { try client.send(line) }
        while let line = client.line(), line != "after" {}
        #expect(client.finish().output.contains("DONE"))
        #expect(try echo.log.ending() == .ended)
    }

    @Test(arguments: ["1.2", "1.3"])
    func readsOnAfterHalfAClose(version: String) throws {
        let echo = try TLSEcho(TLSServerSettings(identities: [try TLSFixtures.identity("local-ec")]), farewell: " and goodbye")
        let facts = try echo.client("--version", version, "--end", "half").facts()
        #expect(facts["received"] as? String == "last words and goodbye")
        #expect(facts["end"] as? String == "proper")
        #expect(try echo.log.ending() == .ended)
    }

    @Test func speaksWithCurl() throws {
        // curl takes its own request for an answer of HTTP/0.9.
        let echo = try TLSEcho()
        let result = try ChildProcess([
            "curl", "--silent", "--show-error", "--http0.9", "--max-time", "20", "--cacert", TLSFixtures.path("authority.pem"),
            "--resolve", "localhost:\(echo.port):127.0.0.1", "https://localhost:\(echo.port)/path",
            "--output", "-", "--range", "0-3", "--max-filesize", "100000", "--speed-time", "1", "--speed-limit", "1000000",
        ]).finish()
        #expect(result.output.contains("GET /path HTTP/1.1"), "\(result)")
        #expect(try echo.log.peer().applicationProtocol == "http/1.1")
    }
}
