import AccessControl
import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

@Suite("Attempts to run what a key does not hold")
struct BypassTests {
    @Test("Through the gateway: none succeeds, the audit names what the appliance ran, refusals reach nobody")
    func through() throws {
        let site = try TestSite()
        let keys = try site.attemptKeys()
        let gateway = try site.gateway { $0.throttle.failures = .max }
        let appliance = site.appliance.appliance
        let attempts = try Attempt.all()
        #expect(attempts.count >= 300)
        var refused = 0
        for attempt in attempts {
            appliance.reset()
            let client = try gateway.client()
            client.send(try attempt.bytes(keys))
            let answer = client.answer(to: attempt.method)
            client.finishWriting()
            _ = client.ending()
            let seen = appliance.observations
            judge(attempt, answer, seen, try site.records(of: answer))
            switch attempt.outcome {
            case .runs(let action):
                #expect(seen.map(\.action) == [action] && answer.code == nil, "\(attempt)\n\(answer.status) \(answer.text)")
                #expect(seen.first?.effectiveMethod == seen.first?.method && seen.first?.method == attempt.method, "\(attempt)")
            case .refused(let status, let reason):
                refused += 1
                let told = ["revoked_key", "expired_key"].contains(reason) ? "unknown_key" : reason
                #expect(answer.status == status, "\(attempt)\n\(answer.status) \(answer.text)")
                #expect(attempt.method == "HEAD" || answer.code == told, "\(attempt)\n\(answer.status) \(answer.text)")
                #expect(try site.records(of: answer).last?.reason == reason, "\(attempt)")
                #expect(seen.isEmpty, "\(attempt)")
            }
        }
        #expect(refused > 250)
    }

    /// The independent judge: what the appliance says that it ran, against what the key holds and what the audit says.
    private func judge(_ attempt: Attempt, _ answer: Answer, _ seen: [ObservedRequest], _ records: [AuditRecord]) {
        for request in seen {
            let action = request.action ?? "nothing"
            #expect(attempt.holder?.holds(action) == true, "\(attempt) ran \(action)")
            #expect(request.values("X-Request-ID") == [answer.exchange], "\(attempt)")
            #expect(!records.isEmpty && records.allSatisfy { $0.ran == action }, "\(attempt): \(records.map(\.ran)), ran \(action)")
        }
        if (200..<300).contains(answer.status) { #expect(seen.count == 1, "\(attempt)") }
    }

    @Test("Without a gateway many of them do succeed: the appliance is as open as this test needs it")
    func without() throws {
        var settings = SimulatorSettings()
        settings.credentials = .any
        let server = SimulatorServer(settings)
        let port = try server.start()
        defer { server.stop() }
        var broken: [String] = []
        for attempt in try Attempt.all() {
            guard case .refused = attempt.outcome else { continue }
            server.appliance.reset()
            let client = try RawClient(port: port)
            client.send(try attempt.bytes([:]))
            let answer = client.answer(to: attempt.method)
            client.finishWriting()
            _ = client.ending()
            guard (200..<300).contains(answer.status), let action = server.appliance.observations.first?.action,
                attempt.holder?.holds(action) != true
            else { continue }
            broken.append("\(attempt.place) \(action)")
        }
        #expect(broken.count > 40, "\(broken)")
    }
}
