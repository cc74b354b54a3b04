import AccessControl
import AuditTrail
import Dispatch
import HTTPWire

/// Records that differ as a gateway's do: 40 keys of very different diligence, some thousand objects, few denials.
final class Traffic {
    let batch = AuditBatch()
    private let entry = AuditEntry()

    /// Fills the batch with records from `number` on.
    ///
    /// - Returns: The number behind the last.
    func fill(_ number: Int, count: Int = 128) -> Int {
        batch.recycle()
        var number = number
        for _ in 0..<count {
            set(number)
            guard batch.append(entry) != nil else { break }
            number += 1
        }
        return number
    }

    private func set(_ number: Int) {
        entry.reset()
        // The digits of a multiplicative hash stand for chance.
        let chance = UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9_7F4A_7C15
        let isDenial = chance >> 20 & 1023 == 0
        let key = Int64(1 + (chance >> 32 & 1023 < 1_000 ? chance >> 32 & 7 : 8 + chance >> 44 & 31))
        var facts = AuditFacts()
        facts.time = 1_790_000_000_000_000 + Int64(number) * 10_000
        facts.exchange = ExchangeID(microseconds: facts.time - 20_000, random: (chance, ~chance))
        facts.clientPort = UInt16(truncatingIfNeeded: chance >> 40)
        facts.method = .get
        facts.principal = .key
        facts.keyID = key
        facts.decision = isDenial ? .deny : .permit
        facts.reason = isDenial ? .missingScope : .allowed
        facts.generation = 12
        facts.status = isDenial ? 403 : 200
        facts.upstreamStatus = isDenial ? 0 : 200
        facts.bytesOut = chance >> 50
        facts.gatewayMicroseconds = chance >> 52
        facts.upstreamMicroseconds = chance >> 53
        entry.facts = facts
        entry.set(.client, "10.1.\(chance >> 36 & 3).\(chance >> 38 & 63)")
        entry.set(.path, "/api/v2/cloud_connectors/\(chance >> 24 & 4095)")
        entry.set(.operation, "show_cloud_connector")
        entry.set(.controller, "cloud_connectors")
        entry.set(.action, "show")
        entry.set(.principalName, "key number \(key)")
        entry.set(.upstream, "10.0.0.5:443")
        entry.set(.userAgent, "python-requests/2.31.0")
    }
}

/// What people ask of a log, and how long the answer takes.
enum Questions {
    static func ask(_ path: String) throws(AuditError) {
        let reader = try AuditReader(path: path)
        var newest = AuditQuery()
        newest.limit = 1
        guard let last = try reader.records(newest).first else { return }
        var middle = AuditQuery()
        middle.cursor = last.sequence / 2
        middle.limit = 1
        let exchange = try reader.records(middle).first?[.exchange]
        let questions: [(String, (inout AuditQuery) -> Void)] = [
            ("a busy key's last hour", { $0.keyID = 3; $0.since = last.time - 3_600_000_000 }),
            ("a quiet key's last hour", { $0.keyID = 20; $0.since = last.time - 3_600_000_000 }),
            ("denials today", { $0.decision = .deny; $0.since = last.time - 86_400_000_000 }),
            ("one request id", { $0.requestID = exchange }),
            ("one connector's history", { $0.path = "*/cloud_connectors/77" }),
            ("what never was", { $0.client = "198.51.100.1" }),
        ]
        for (name, question) in questions {
            for isWithoutIndex in [false, true] {
                var query = AuditQuery()
                question(&query)
                query.isWithoutIndex = isWithoutIndex
                let began = DispatchTime.now().uptimeNanoseconds
                let count = try AuditReader(path: path).records(query).count
                let microseconds = (DispatchTime.now().uptimeNanoseconds - began) / 1_000
                let index = isWithoutIndex ? "without" : "with"
                AuditLoad.say("\(name), \(index) index: \(count) records, \(microseconds / 1_000).\(microseconds / 100 % 10) ms")
            }
        }
    }
}
