import Cryptography
import Testing
@testable import Transport

/// Sessions resumed under tickets, and the keys to those.
@Suite struct TLSSessionTests {
    private func settings() throws -> TLSServerSettings { TLSServerSettings(identities: [try TLSFixtures.identity("local-ec")]) }

    @Test(arguments: ["1.2", "1.3"])
    func resumesSessions(version: String) throws {
        let echo = try TLSEcho(try settings())
        let client = try echo.client("--version", version, "--connections", "3")
        #expect(client.facts()["resumed"] as? Bool == false)
        for _ in 0..<2 {
            try client.send("go on")
            #expect(client.facts()["resumed"] as? Bool == true)
        }
        #expect(try echo.log.first { if case .secured(let peer) = $0, peer.isResumed { peer } else { nil } }.version == "TLSv\(version)")
    }

    @Test(arguments: ["1.2", "1.3"])
    func keepsTicketsOverOneRotationAndNotOverTwo(version: String) throws {
        let tickets = try TLSTicketKeys(now: 1_000, interval: 100)
        let echo = try TLSEcho(try settings(), tickets: tickets)
        let patient = try echo.client("--version", version, "--connections", "2")
        let renewed = try echo.client("--version", version, "--connections", "3")
        #expect(patient.facts()["resumed"] as? Bool == false)
        #expect(renewed.facts()["resumed"] as? Bool == false)
        #expect(try !tickets.rotate(now: 1_099))
        #expect(try tickets.rotate(now: 1_100))
        try renewed.send("after one")
        #expect(renewed.facts()["resumed"] as? Bool == true)
        #expect(try tickets.rotate(now: 1_200))
        // Its session was sealed anew under the second key; the other one's key is gone.
        try renewed.send("after two")
        #expect(renewed.facts()["resumed"] as? Bool == true)
        try patient.send("after two")
        #expect(patient.facts()["resumed"] as? Bool == false)
    }

    @Test func forgetsEveryKeyAfterALongPause() throws {
        let tickets = try TLSTicketKeys(now: 1_000, interval: 100)
        let echo = try TLSEcho(try settings(), tickets: tickets)
        let client = try echo.client("--connections", "2")
        #expect(client.facts()["resumed"] as? Bool == false)
        #expect(try tickets.rotate(now: 1_200))
        try client.send("go on")
        #expect(client.facts()["resumed"] as? Bool == false)
    }

    @Test func resumesOverAReload() throws {
        let tickets = try TLSTicketKeys(now: 0)
        let before = try TLSEcho(try settings(), tickets: tickets)
        let session = try TLSFixtures.path("session-before-reload")
        _ = try ChildProcess(
            ["bash", "-c", """
                (echo hello; sleep 0.3) | openssl s_client -tls1_2 -connect 127.0.0.1:\(before.port) -sess_out \(session) > /dev/null 2>&1
                """]).finish()
        let after = try TLSEcho(try settings(), tickets: tickets)
        #expect(try after.openssl("-tls1_2", "-sess_in", session).contains("Reused"))
    }
}
