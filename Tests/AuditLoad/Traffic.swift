import AccessControl
import AuditTrail
import HTTPWire

/// Records that differ as a gateway's do: 40 keys of very different diligence, a thousand denials in a million records,
/// one change in ten exchanges, which has its intent, now and then an exposure; objects of several kinds, 4,096 of them
/// connectors.
final class Traffic {
    let batch = AuditBatch()
    private let entry = AuditEntry()

    /// Records in which the kinds come round.
    private static let turn = 11

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

    /// The digits of a multiplicative hash stand for chance.
    private static func chance(_ number: Int) -> UInt64 { UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9_7F4A_7C15 }

    private func set(_ number: Int) {
        entry.reset()
        let place = number % Self.turn
        // An intent and the outcome behind it are of one exchange.
        let chance = Self.chance(place == Self.turn - 1 ? number - 1 : number)
        let isChange = place >= Self.turn - 2
        let isDenial = !isChange && chance >> 20 & 1023 == 0
        let isExposure = place == 0 && chance >> 12 & 63 == 0
        var facts = AuditFacts()
        facts.kind = place == Self.turn - 2 ? .intent : isExposure ? .exposure : .outcome
        facts.time = 1_790_000_000_000_000 + Int64(number) * 10_000
        let began = 1_790_000_000_000_000 + Int64(place == Self.turn - 1 ? number - 1 : number) * 10_000
        facts.exchange = ExchangeID(microseconds: began - 20_000, random: (chance, ~chance))
        facts.clientPort = UInt16(truncatingIfNeeded: chance >> 40)
        facts.method = isChange ? .put : .get
        facts.principal = .key
        facts.keyID = Int64(1 + (chance >> 32 & 1023 < 1_000 ? chance >> 32 & 7 : 8 + chance >> 44 & 31))
        facts.decision = isDenial ? .deny : .permit
        facts.reason = isDenial ? .missingScope : .allowed
        facts.generation = 12
        if facts.kind == .outcome {
            facts.status = isDenial ? 403 : 200
            facts.upstreamStatus = isDenial ? 0 : 200
            facts.bytesOut = chance >> 50
            facts.gatewayMicroseconds = chance >> 52
            facts.upstreamMicroseconds = chance >> 53
        }
        entry.facts = facts
        entry.set(.client, "10.1.\(chance >> 36 & 3).\(chance >> 38 & 63)")
        setObject(chance, isExposure)
        entry.set(.principalName, "key number \(facts.keyID)")
        entry.set(.upstream, "10.0.0.5:443")
        entry.set(.userAgent, "python-requests/2.31.0")
    }

    private func setObject(_ chance: UInt64, _ isExposure: Bool) {
        let id = chance >> 24
        let (controller, count): (String, UInt64) = switch isExposure ? 0 : chance >> 21 & 7 {
        case 0, 1: ("cloud_connectors", 4_096)
        case 2, 3: ("pools", 64)
        case 4: ("tapes", 8_192)
        case 5: ("tasks", 65_536)
        case 6: ("cloud_buckets", 1_024)
        default: ("files", 0)
        }
        entry.set(.path, "/api/v2/\(controller)" + (count > 0 ? "/\(id & (count - 1))" : ""))
        if count == 0 { entry.set(.query, "limit=100&offset=\(id & 1023)") }
        entry.set(.operation, "show_\(controller)")
        entry.set(.controller, controller)
        entry.set(.action, count > 0 ? "show" : "index")
        if isExposure { entry.set(.detail, "cloud_connectors/\(id & 4_095) secret_key hmac:9f86d081884c7d65") }
    }
}
