import AuditTrail
import Foundation
import GatewayTesting
import Testing

@Suite("nodegate explain")
struct ExplainAttemptsTests {
    /// What `explain` is told of an attempt.
    private struct Question: Hashable {
        let key: String
        let method: String
        let target: String
    }

    @Test("Says of every attempt's key, method and target what the server says, with the same reason")
    func sameAsServer() throws {
        let site = try TestSite()
        let keys = try site.attemptKeys()
        let names = Dictionary(uniqueKeysWithValues: AttemptKey.all.enumerated().map { ($1.name, "key\($0 + 1)") })
        let configuration = try site.configure()
        let gateway = try site.gateway { $0.throttle.failures = .max }
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
        let questions = Set(try Attempt.all().map { Question(key: $0.key, method: $0.method, target: $0.target) })
            // A command line carries text, methods go by name, and nobody tells the command the Host field.
            .filter { methods.contains($0.method) && !$0.target.contains("\\") && !$0.target.contains("other.example") }
        #expect(questions.count >= 200)
        var permitted = 0
        for question in questions {
            var request = Request(question.method, "", key: keys[question.key])
            request.target = question.target
            let client = try gateway.client()
            client.send(request.bytes)
            let answer = client.answer(to: question.method)
            let record = try #require(try site.records(of: answer).last, "\(question)")
            let who = names[question.key].map { ["--key", $0] } ?? ["--no-key"]
            let result = try Command.run(
                ["explain", "--json", "--config", configuration] + who + [question.method, question.target])
            let report = try #require(try result.objects().first, "\(question): \(result.errors)")
            #expect(report["reason"] as? String == record.reason, "\(question)")
            #expect(report["permitted"] as? Bool == (record[.decision] == "permit"), "\(question)")
            #expect(result.status == (record[.decision] == "permit" ? 0 : 1), "\(question)")
            if record[.decision] == "permit" { permitted += 1 } else {
                #expect(report["status"] as? Int == answer.status, "\(question)")
            }
        }
        #expect(permitted > 30)
    }
}
