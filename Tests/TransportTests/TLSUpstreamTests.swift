import Cryptography
import Dispatch
import Glibc
import HTTPWire
import Testing
@testable import Transport

/// Sends a greeting once it is connected and reads to the end.
private final class GreetingChannel: Channel {
    private let log: EventLog
    private let buffer = ByteBuffer(capacity: 4096)

    init(lane: Lane, socket: consuming Socket, log: EventLog) {
        self.log = log
        super.init(lane: lane, socket: socket, connecting: true)
    }

    override func secured() { if let tlsPeer { log.add(.secured(tlsPeer)) } }
    override func handshakeFailed() {
        log.add(.handshakeFailed(tlsFailure))
        close()
    }

    override func connected() {
        log.add(.connected)
        // Written at once, as the gateway does: after the handshake it is taken.
        let greeting = Array("hello".utf8)
        let outcome = write(greeting.span)
        if outcome != .bytes(greeting.count) { log.add(.failed(0, nil)) }
    }

    override func ready() {
        while isOpen {
            switch read(into: buffer) {
            case .bytes:
                log.add(.received(contents(buffer)))
                buffer.removeAll()
            case .wouldBlock: return
            case .end:
                log.add(.ended)
                close()
            case .failed(let code):
                log.add(.failed(code, tlsFailure))
                close()
            }
        }
    }

    override func failed(errno code: Int32) {
        log.add(.failed(code, tlsFailure))
        close()
    }

    override func closed() { log.add(.closed) }
}

/// Python's ssl as the appliance.
private final class Appliance {
    let port: UInt16
    let process: ChildProcess

    init(_ name: String = "local-ec", chain: String? = nil, _ options: String...) throws {
        process = try ChildProcess([
            ChildProcess.python, TLSFixtures.file("peer.py"), "server", "--cert", TLSFixtures.path(chain ?? "\(name).pem"),
            "--key", TLSFixtures.path("\(name).key"),
        ] + options)
        port = UInt16(try #require(process.facts()["port"] as? Int))
    }
}

@Suite struct TLSUpstreamTests {
    private func connect(to port: UInt16, _ context: TLSContext) throws -> EventLog {
        let log = EventLog()
        let lane = try Lane(number: 0)
        let address = try #require(try SocketAddress.resolve("127.0.0.1:\(port)").first)
        lane.start()
        lane.post {
            guard let socket = try? Socket.connecting(to: address) else { return }
            let channel = GreetingChannel(lane: lane, socket: socket, log: log)
            try? channel.startTLS(context)
            try? lane.register(channel)
        }
        let closed = Result { try log.wait(for: .closed) }
        // A lane must not be let go before it has stopped.
        let stopped = DispatchSemaphore(value: 0)
        lane.stop { stopped.signal() }
        try closed.get()
        stopped.wait()
        return log
    }

    private func settings(_ name: String = "localhost", _ trust: TLSClientSettings.Trust? = nil) throws -> TLSClientSettings {
        var settings = TLSClientSettings(serverName: name)
        settings.trust = try trust ?? .authorities(try TLSFixtures.authorities())
        return settings
    }

    @Test(arguments: ["1.2", "1.3"])
    func speaksWithPython(version: String) throws {
        let appliance = try Appliance("local-ec", "--version", version, "--alpn", "http/1.1")
        let log = try connect(to: appliance.port, try TLSContext(client: try settings()))
        let peer = try log.peer()
        #expect(log.all == [.secured(peer), .connected, .received(Array("hello".utf8)), .ended, .closed])
        #expect(peer.version == "TLSv\(version)")
        #expect(peer.applicationProtocol == "http/1.1")
        #expect(peer.certificate?.subject == "CN=local-ec")
        let facts = appliance.process.facts()
        #expect(facts["sni"] as? String == "localhost")
        #expect(facts["alpn"] as? String == "http/1.1")
    }

    @Test func checksAddressesAndSendsNoNameForThem() throws {
        let appliance = try Appliance()
        let log = try connect(to: appliance.port, try TLSContext(client: try settings("127.0.0.1")))
        #expect(try log.ending() == .ended)
        #expect(appliance.process.facts()["sni"] is String == false)
    }

    @Test("A certificate that is not good is refused", arguments: [
        ("expired", nil, CertificateProblem.expired), ("future", nil, .notYetValid), ("alpha", nil, .wrongHost),
        // A common name is no host name.
        ("localhost", nil, .wrongHost), ("client", nil, .wrongPurpose),
        ("revoked", nil, .revoked), ("bad-chained", "bad-chained-chain.pem", .revoked), ("chained", nil, .unknownIssuer),
    ] as [(String, String?, CertificateProblem)])
    func refusesBadCertificates(name: String, chain: String?, problem: CertificateProblem) throws {
        let appliance = try Appliance(name, chain: chain)
        let trust = TLSClientSettings.Trust.authorities(try TLSFixtures.authorities(revoked: "revoked.crl"))
        let log = try connect(to: appliance.port, try TLSContext(client: try settings("localhost", trust)))
        #expect(try log.handshakeFailure() == .certificateRefused(problem))
        #expect(!log.all.contains(.connected))
        #expect(appliance.process.facts()["error"] != nil)
    }

    @Test func refusesStrangers() throws {
        for trust in [TLSClientSettings.Trust.system, .authorities(try TLSFixtures.authorities("stranger"))] {
            let appliance = try Appliance()
            let log = try connect(to: appliance.port, try TLSContext(client: try settings("localhost", trust)))
            #expect(try log.handshakeFailure() == .certificateRefused(.unknownIssuer))
        }
    }

    @Test func followsAChainAndTrustsWhatIsNamed() throws {
        let chained = try Appliance("chained", chain: "chained-chain.pem")
        let revocation = TLSClientSettings.Trust.authorities(try TLSFixtures.authorities(revoked: "revoked.crl"))
        #expect(try connect(to: chained.port, try TLSContext(client: try settings("localhost", revocation))).ending() == .ended)
        // An authority in the middle, and a self-signed certificate by itself.
        let middle = try Appliance("chained", chain: "chained-chain.pem")
        let trust = TLSClientSettings.Trust.authorities(try TLSFixtures.authorities("middle"))
        #expect(try connect(to: middle.port, try TLSContext(client: try settings("localhost", trust))).ending() == .ended)
        let own = try Appliance("local-ec", chain: "self.pem")
        let itself = TLSClientSettings.Trust.authorities(try TLSFixtures.authorities("self"))
        #expect(try connect(to: own.port, try TLSContext(client: try settings("localhost", itself))).ending() == .ended)
    }

    @Test func looksAtNothingWhenInsecure() throws {
        let appliance = try Appliance("expired")
        let insecure = try settings("elsewhere.test", .insecure)
        #expect(insecure.isInsecure)
        #expect(try connect(to: appliance.port, try TLSContext(client: insecure)).ending() == .ended)
    }

    @Test func holdsOnToPinnedKeys() throws {
        let pem = try SecretFile.read(try TLSFixtures.path("local-ec.pem"), atMost: 100_000, access: .everyone)
        let known = try #require(Certificate.read(pem: pem.span)?.first)
        var pinned = try settings("elsewhere.test", .insecure)
        pinned.pins = [.zero, known.keyDigest]
        #expect(!pinned.isInsecure)
        let right = try Appliance()
        #expect(try connect(to: right.port, try TLSContext(client: pinned)).ending() == .ended)
        let wrong = try Appliance("local-rsa")
        let log = try connect(to: wrong.port, try TLSContext(client: pinned))
        guard case .pinMismatch(let found) = try log.handshakeFailure() else {
            Issue.record("another key was taken")
            return
        }
        #expect(found != known.keyDigest)
        #expect(!log.all.contains(.connected))
    }

    @Test(arguments: ["1.2", "1.3"])
    func showsItsOwnCertificate(version: String) throws {
        let appliance = try Appliance(
            "local-ec", "--require-client", "--ca", TLSFixtures.path("authority.pem"), "--version", version, "--connections", "2")
        var with = try settings()
        with.identity = try TLSFixtures.identity("client")
        #expect(try connect(to: appliance.port, try TLSContext(client: with)).ending() == .ended)
        #expect(appliance.process.facts()["names"] as? [String] == ["email:client@example.com", "URI:spiffe://example/client"])
        let without = try connect(to: appliance.port, try TLSContext(client: try settings()))
        // TLS 1.3 lets the client finish before the server looks at its certificate; and the server's alert is lost
        // when it closes with the greeting unread, which resets the connection.
        let refused: [EventLog.Event] = version == "1.2" ? [.handshakeFailed(.refusedByPeer("handshake failure"))]
            : [.failed(EPROTO, .refusedByPeer("certificate required")), .failed(ECONNRESET, .failed(errno: ECONNRESET))]
        #expect(refused.contains { without.all.contains($0) }, "\(without.all)")
        #expect(!without.all.contains(.ended))
    }

    @Test(arguments: ["1.2", "1.3"])
    func resumesItsSessions(version: String) throws {
        let appliance = try Appliance("local-ec", "--version", version, "--connections", "3")
        let context = try TLSContext(client: try settings())
        for expected in [false, true, true] {
            #expect(try connect(to: appliance.port, context).peer().isResumed == expected)
            #expect(appliance.process.facts()["resumed"] as? Bool == expected)
        }
    }

    @Test func keepsABoundedNumberOfSessions() throws {
        let appliance = try Appliance("local-ec", "--connections", "6")
        var bounded = try settings()
        bounded.sessionCount = 3
        let context = try TLSContext(client: bounded)
        for _ in 0..<6 { _ = try connect(to: appliance.port, context) }
        guard case .client(let side) = context.role else { return }
        #expect((1...3).contains(side.sessions.count))
    }

    @Test(arguments: ["1.2", "1.3"])
    func neverTakesACutAnswerForAWholeOne(version: String) throws {
        let appliance = try Appliance("local-ec", "--version", version, "--end", "cut")
        let log = try connect(to: appliance.port, try TLSContext(client: try settings()))
        #expect(try log.ending() == .failed(ECONNRESET, .truncated))
        #expect(!log.all.contains(.ended))
    }

    @Test func refusesOldVersions() throws {
        let appliance = try Appliance("local-ec", "--version", "1.2")
        var modern = try settings()
        modern.minimumVersion = .tls13
        #expect(try connect(to: appliance.port, try TLSContext(client: modern)).handshakeFailure() == .noCommonVersion)
        let server = try ChildProcess([
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0",
            "-cert", TLSFixtures.path("local-ec.pem"), "-key", TLSFixtures.path("local-ec.key"),
        ])
        var port: UInt16?
        while port == nil, let line = server.line() {
            if line.hasPrefix("ACCEPT") { port = line.split(separator: ":").last.flatMap { UInt16($0) } }
        }
        let log = try connect(to: try #require(port), try TLSContext(client: try settings()))
        #expect(try log.handshakeFailure() == .noCommonVersion)
        server.kill()
    }

    @Test func knowsAServerWithoutTLS() throws {
        let plain = try ChildProcess([
            ChildProcess.python, "-c", """
                import socket
                listener = socket.create_server(("127.0.0.1", 0))
                print('{"port": %d}' % listener.getsockname()[1], flush=True)
                peer, _ = listener.accept()
                peer.recv(1000)
                peer.sendall(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n")
                peer.recv(1000)
                """,
        ])
        let port = UInt16(try #require(plain.facts()["port"] as? Int))
        #expect(try connect(to: port, try TLSContext(client: try settings())).handshakeFailure() == .notTLS)
    }

    @Test func tellsAFailedConnectionFromAFailedHandshake() throws {
        var sockets = try Listener.sockets(on: try #require(try SocketAddress.resolve("127.0.0.1:0").first), backlog: 1, count: 1)
        let port = sockets.address.port
        _ = sockets.take()
        let log = try connect(to: port, try TLSContext(client: try settings()))
        #expect(log.all == [.failed(ECONNREFUSED, nil), .closed])
    }
}
