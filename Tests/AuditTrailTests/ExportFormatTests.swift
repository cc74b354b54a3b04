import AuditTrail
import Foundation
import Testing

@Suite struct ExportFormatTests {
    private func record(_ change: (inout AuditFacts, AuditEntry) -> Void = { _, _ in }) throws -> AuditRecord {
        let log = try TestLog()
        try log.fill(1) { _, facts, entry in change(&facts, entry) }
        return try #require(try log.records().first)
    }

    private func ocsf(_ change: (inout AuditFacts, AuditEntry) -> Void = { _, _ in }) throws -> [String: Any] {
        let line = AuditOCSF.line(try record(change))
        #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test func anOCSFEventIsAnAPIActivity() throws {
        let event = try ocsf { facts, entry in
            facts.time = 1_793_520_000_123_456
            entry.set(.query, "a=b")
            entry.set(.userAgent, "quote \" é")
        }
        #expect(event["class_uid"] as? Int == 6003)
        #expect(event["category_uid"] as? Int == 6)
        #expect(event["activity_id"] as? Int == 2)
        #expect(event["type_uid"] as? Int == 600_302)
        #expect(event["time"] as? Int == 1_793_520_000_123)
        #expect(event["status_id"] as? Int == 1)
        #expect(event["status_code"] as? String == "200")
        #expect(event["action_id"] as? Int == 1)
        let user = (event["actor"] as? [String: Any])?["user"] as? [String: Any]
        #expect(user?["uid"] as? String == "1")
        #expect(user?["name"] as? String == "key 1")
        let api = event["api"] as? [String: Any]
        #expect(api?["operation"] as? String == "show_cloud_connector")
        #expect((api?["service"] as? [String: Any])?["name"] as? String == "cloud_connectors/show")
        let request = event["http_request"] as? [String: Any]
        #expect(request?["http_method"] as? String == "GET")
        #expect(request?["user_agent"] as? String == "quote \" é")
        #expect((request?["url"] as? [String: Any])?["path"] as? String == "/api/v2/cloud_connectors/0")
        #expect((request?["url"] as? [String: Any])?["query_string"] as? String == "a=b")
        #expect((event["src_endpoint"] as? [String: Any])?["ip"] as? String == "192.0.2.0")
        let destination = event["dst_endpoint"] as? [String: Any]
        #expect(destination?["hostname"] as? String == "10.0.0.5")
        #expect(destination?["port"] as? Int == 443)
        let metadata = event["metadata"] as? [String: Any]
        #expect(metadata?["version"] as? String == "1.3.0")
        #expect(metadata?["sequence"] as? Int == 1)
    }

    @Test func anOCSFEventSaysWhatWasDecided() throws {
        let denial = try ocsf { facts, _ in
            facts.decision = .deny
            facts.reason = .missingScope
            facts.status = 403
            facts.method = .delete
        }
        #expect(denial["activity_id"] as? Int == 4)
        #expect(denial["action_id"] as? Int == 2)
        #expect(denial["disposition_id"] as? Int == 2)
        #expect(denial["status_id"] as? Int == 2)
        #expect(denial["status_detail"] as? String == "missing_scope")
        #expect(denial["severity_id"] as? Int == 3)
        let observed = try ocsf { facts, _ in facts.decision = .wouldDeny }
        #expect(observed["disposition_id"] as? Int == 15)
        let lifecycle = try ocsf { facts, entry in
            facts.kind = .lifecycle
            facts.decision = .none
            facts.principal = .system
            facts.keyID = 0
            entry.clear(.client)
            entry.clear(.principalName)
        }
        #expect(((lifecycle["actor"] as? [String: Any])?["user"] as? [String: Any])?["name"] as? String == "system")
        #expect((lifecycle["src_endpoint"] as? [String: Any])?["name"] as? String == "nodegate")
        #expect(lifecycle["activity_id"] as? Int == 99)
        #expect(lifecycle["activity_name"] as? String == "lifecycle")
        #expect(lifecycle["action_id"] == nil)
    }

    @Test func aCEFLineEscapesWhatItMust() throws {
        let line = AuditCEF.line(try record { facts, entry in
            facts.decision = .deny
            facts.reason = .missingScope
            facts.status = 403
            facts.time = 1_793_520_000_123_456
            entry.set(.query, "a=b|c")
            entry.set(.principalName, "a|b=c\\d")
        })
        #expect(line.hasPrefix("CEF:0|nodegate|nodegate|2|missing_scope|deny GET|6|rt=1793520000123 externalId=1 "))
        // What a client sent has its backslashes doubled in the record already.
        #expect(line.contains(" suser=a|b\\=c\\\\\\\\d "))
        #expect(line.contains(" request=/api/v2/cloud_connectors/0?a\\=b|c "))
        #expect(line.contains(" cn1=403 cn1Label=status"))
        #expect(line.contains(" src=192.0.2.0 spt=40000 suid=1 "))
        let base = try record()
        let hostile = AuditCEF.line(AuditRecord(
            integers: base.integers,
            texts: AuditText.allCases.map { [.detail, .kind, .reason].contains($0) ? "a\nb\r|c\u{1B}" : base[$0] },
            hash: base.hash))
        #expect(!hostile.utf8.contains { $0 < 0x20 })
        #expect(hostile.contains("|a\\nb\\r\\|c |permit GET|"))
        #expect(hostile.contains(" msg=a\\nb\\r|c "))
    }
}
