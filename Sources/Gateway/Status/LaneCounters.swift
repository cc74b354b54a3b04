import AccessControl
import AuditTrail
import Transport

/// What one lane has counted since it began. Confined to the lane while it counts; copies are values.
struct LaneCounters: Sendable {
    private static let reasons = ReasonCode.allCases.count
    /// Statuses of three digits, by their number; 0 counts exchanges whose client got nothing.
    private static let statuses = 1_000

    /// Exchanges by decision and reason: one row of reasons per decision.
    private var exchanges = [UInt64](repeating: 0, count: AuditDecision.allCases.count * reasons)
    private var answers = [UInt64](repeating: 0, count: statuses)
    private(set) var bytesIn: UInt64 = 0
    private(set) var bytesOut: UInt64 = 0
    private(set) var redacted: UInt64 = 0
    private(set) var revealed: UInt64 = 0
    /// From the head of a request to the last byte of its answer.
    private(set) var duration = DurationHistogram()
    /// From a request on its way to the head of the appliance's answer.
    private(set) var upstream = DurationHistogram()
    private(set) var connections: UInt64 = 0
    /// Handshakes with clients that came about: full ones and resumed ones of TLS 1.2, then of 1.3.
    private(set) var handshakes = InlineArray<4, UInt64>(repeating: 0)

    /// Counts an exchange that is over.
    mutating func count(_ facts: AuditFacts, microseconds: UInt64) {
        exchanges[Int(facts.decision.rawValue) * Self.reasons + Int(facts.reason.rawValue)] &+= 1
        answers[Int(facts.status) < Self.statuses ? Int(facts.status) : 0] &+= 1
        bytesIn &+= facts.bytesIn
        bytesOut &+= facts.bytesOut
        redacted &+= UInt64(facts.redacted)
        revealed &+= UInt64(facts.revealed)
        duration.count(microseconds)
        if facts.upstreamStatus != 0 { upstream.count(facts.upstreamMicroseconds) }
    }

    mutating func countConnection() { connections &+= 1 }

    mutating func countHandshake(_ peer: TLSPeer) {
        handshakes[(peer.version == "TLSv1.2" ? 0 : 2) + (peer.isResumed ? 1 : 0)] &+= 1
    }

    /// Adds what another lane has counted.
    mutating func add(_ other: LaneCounters) {
        for index in exchanges.indices { exchanges[index] &+= other.exchanges[index] }
        for index in answers.indices { answers[index] &+= other.answers[index] }
        bytesIn &+= other.bytesIn
        bytesOut &+= other.bytesOut
        redacted &+= other.redacted
        revealed &+= other.revealed
        duration.add(other.duration)
        upstream.add(other.upstream)
        connections &+= other.connections
        for index in handshakes.indices { handshakes[index] &+= other.handshakes[index] }
    }

    func exchanges(_ decision: AuditDecision, _ reason: ReasonCode) -> UInt64 {
        exchanges[Int(decision.rawValue) * Self.reasons + Int(reason.rawValue)]
    }

    func exchanges(_ decision: AuditDecision) -> UInt64 {
        ReasonCode.allCases.reduce(0) { $0 &+ exchanges(decision, $1) }
    }

    /// Statuses that were answered, with how often.
    var answered: [(status: Int, count: UInt64)] {
        answers.enumerated().filter { $0.element > 0 }.map { ($0.offset, $0.element) }
    }
}

/// Durations counted by size, as Prometheus histograms are.
struct DurationHistogram: Sendable {
    /// The upper bounds of the buckets in microseconds; one more bucket takes what is longer.
    static let bounds: [UInt64] = [
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
        5_000_000, 10_000_000, 60_000_000,
    ]

    private var counts = InlineArray<18, UInt64>(repeating: 0)
    private(set) var microseconds: UInt64 = 0

    mutating func count(_ microseconds: UInt64) {
        self.microseconds &+= microseconds
        var bucket = 0
        while bucket < Self.bounds.count, Self.bounds[bucket] < microseconds { bucket += 1 }
        counts[bucket] &+= 1
    }

    mutating func add(_ other: DurationHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        microseconds &+= other.microseconds
    }

    /// Durations up to each bound.
    var cumulative: [UInt64] {
        var sum: UInt64 = 0
        return Self.bounds.indices.map { index in
            sum &+= counts[index]
            return sum
        }
    }

    var count: UInt64 { counts.indices.reduce(0) { $0 &+ counts[$1] } }
}
