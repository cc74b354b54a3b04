import Redaction
import Testing

/// What came of a whole document, fed in pieces.
struct Redacted: Equatable {
    var output: [UInt8] = []
    var refusal: RedactionError?
    var count = 0
    var rules: RuleMask = []
    var echoes = 0

    /// Feeds `input`, cut at `cuts` (ascending), and follows every step to the letter.
    init(
        _ input: [UInt8], rules: RedactionRules, active: RuleMask? = nil, limits: RedactionLimits = RedactionLimits(),
        cuts: [Int] = [], echoes: SubmittedSecrets? = nil
    ) {
        let active = active ?? rules.every
        var redactor = JSONRedactor(rules: rules, active: active, limits: limits, echoes: echoes)
        let document = input.span
        do throws(RedactionError) {
            var start = 0
            for end in cuts + [document.count] {
                try feed(document.extracting(start..<end), to: &redactor)
                start = end
            }
            try redactor.finish()
        } catch {
            refusal = error
            expectStays(refusedWith: error, &redactor)
        }
        count = redactor.redactedCount
        self.rules = redactor.redactedRules
        self.echoes = redactor.echoCount
    }

    private mutating func feed(_ piece: Span<UInt8>, to redactor: inout JSONRedactor) throws(RedactionError) {
        var start = 0
        while start < piece.count {
            let rest = piece.extracting(start..<piece.count)
            let step = try redactor.next(rest)
            #expect(step.consumed > 0 || step.insertion != .none)
            #expect(step.pass.lowerBound >= 0 && step.pass.upperBound <= step.consumed && step.consumed <= rest.count)
            for index in step.pass { output.append(rest[index]) }
            switch step.insertion {
            case .none: break
            case .mask: output += JSONRedactor.mask.bytes
            case .composed:
                let composed = redactor.composed
                for index in 0..<composed.count { output.append(composed[index]) }
            }
            start += step.consumed
        }
    }

    /// A redactor that refused once refuses ever after.
    private func expectStays(refusedWith error: RedactionError, _ redactor: inout JSONRedactor) {
        let more = Array("{}".utf8)
        #expect(refusal { () throws(RedactionError) in _ = try redactor.next(more.span) } == error)
        #expect(refusal { () throws(RedactionError) in try redactor.finish() } == error)
    }

    private func refusal(_ body: () throws(RedactionError) -> Void) -> RedactionError? {
        do throws(RedactionError) { try body() } catch { return error }
        return nil
    }
}

extension RedactionRules {
    /// All rules, as for an answer of a controller that every rule names and a caller without any scope.
    var every: RuleMask {
        rules.indices.reduce(into: []) { $0.insert(RuleMask(rule: $1)) }
    }

    /// The rules of one treatment for this name.
    static func treating(_ name: String, _ treatment: RedactionTreatment) throws -> RedactionRules {
        try compile([RedactionRule(field: name, place: .everywhere, unlockedBy: nil, treatment: treatment)])
    }

    /// Rules for these names everywhere.
    static func masking(_ names: [String]) throws -> RedactionRules {
        try compile(names.map { RedactionRule(field: $0, place: .everywhere, unlockedBy: nil) })
    }
}

extension StaticString {
    var bytes: [UInt8] { withUTF8Buffer { Array($0) } }
}

extension [UInt8] {
    func contains(run: [UInt8]) -> Bool {
        guard !run.isEmpty, run.count <= count else { return false }
        return (0...(count - run.count)).contains { self[$0..<($0 + run.count)].elementsEqual(run) }
    }
}

/// Every way of cutting that the tests try: whole, byte by byte, in small pieces, and in two at every position.
func everyCut(of count: Int) -> [[Int]] {
    var all: [[Int]] = [[]]
    for size in 1...9 { all.append(Array(stride(from: size, to: count, by: size))) }
    for position in 0...count { all.append([position]) }
    return all
}
