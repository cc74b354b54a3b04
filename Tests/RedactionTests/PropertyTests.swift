import Foundation
import Redaction
import Testing

struct PropertyTests {
    private let rules: RedactionRules

    init() throws { rules = try RedactionRules.masking(GeneratedDocument.protectedNames) }

    /// Random cuts, empty pieces included.
    private func cuts(of count: Int, _ generator: inout SeededGenerator) -> [Int] {
        let pieces = Int.random(in: 0..<20, using: &generator)
        return (0..<pieces).map { _ in Int.random(in: 0...count, using: &generator) }.sorted()
    }

    @Test func generatedDocumentsLoseTheirSecretsAndNothingElse() {
        var redactions = 0
        for seed in 1...3000 as ClosedRange<UInt64> {
            let document = GeneratedDocument(seed: seed)
            var generator = SeededGenerator(seed: seed ^ 0xC07)
            let redacted = Redacted(document.input, rules: rules, cuts: cuts(of: document.input.count, &generator))
            #expect(redacted.refusal == nil, "seed \(seed)")
            #expect(redacted.output == document.expected, "seed \(seed)")
            #expect(redacted.count == document.redactions, "seed \(seed)")
            #expect(!document.secrets.contains { redacted.output.contains(run: $0) }, "seed \(seed)")
            redactions += redacted.count
        }
        // The generator must keep making what this test is about.
        #expect(redactions > 1000)
    }

    @Test func redactionOfTheRedactedIsTheIdentity() {
        for seed in 5001...6000 as ClosedRange<UInt64> {
            let once = Redacted(GeneratedDocument(seed: seed).input, rules: rules)
            let twice = Redacted(once.output, rules: rules)
            #expect(twice.output == once.output && twice.count == once.count, "seed \(seed)")
        }
    }

    @Test func withoutActiveRulesNothingChanges() {
        for seed in 7001...7300 as ClosedRange<UInt64> {
            let document = GeneratedDocument(seed: seed)
            #expect(Redacted(document.input, rules: rules, active: []).output == document.input, "seed \(seed)")
        }
    }

    /// Foundation's parser sees the same document before and after, but for the masked values.
    @Test func anotherParserSeesOnlyTheSecretsReplaced() throws {
        for seed in 8001...8600 as ClosedRange<UInt64> {
            let document = GeneratedDocument(seed: seed)
            let redacted = Redacted(document.input, rules: rules)
            let before = try JSONSerialization.jsonObject(with: Data(document.input), options: .fragmentsAllowed)
            let after = try JSONSerialization.jsonObject(with: Data(redacted.output), options: .fragmentsAllowed)
            #expect(same(masked(before), after), "seed \(seed)")
        }
    }

    private func masked(_ value: Any) -> Any {
        switch value {
        case let object as [String: Any]:
            Dictionary(uniqueKeysWithValues: object.map { name, value in
                (name, GeneratedDocument.protectedNames.contains(name) ? "[censored]" : masked(value))
            })
        case let array as [Any]: array.map(masked)
        default: value
        }
    }

    private func same(_ left: Any, _ right: Any) -> Bool {
        switch (left, right) {
        case (let left as [String: Any], let right as [String: Any]):
            left.count == right.count && left.allSatisfy { name, value in right[name].map { same(value, $0) } ?? false }
        case (let left as [Any], let right as [Any]):
            left.count == right.count && zip(left, right).allSatisfy { same($0, $1) }
        case (let left as String, let right as String): Array(left.utf8) == Array(right.utf8)
        case (let left as NSNumber, let right as NSNumber): left == right
        case (is NSNull, is NSNull): true
        default: false
        }
    }

    /// Strings are read eight bytes at a time: no byte value may slip through at any place in a word.
    @Test func everyByteAtEveryPlaceOfAString() {
        for place in 0..<17 {
            for byte in UInt8.min...UInt8.max {
                var text = Array("abcdefghijklmnopq".utf8)
                text[place] = byte
                for (before, after) in [("{\"k\":\"", "\"}"), ("{\"", "\":1}")] {
                    let document = Array(before.utf8) + text + Array(after.utf8)
                    let redacted = Redacted(document, rules: rules)
                    let reference = ReferenceRedactor.redact(document, names: GeneratedDocument.protectedNames)
                    #expect((redacted.refusal == nil) == (reference != nil), "byte \(byte) at \(place)")
                    if let reference { #expect(redacted.output == reference, "byte \(byte) at \(place)") }
                }
            }
        }
    }

    /// Damaged documents: the scanner and a recursive descent agree on which are still well-formed and on what
    /// comes out of those; what comes out before a refusal holds no secret.
    @Test func damagedDocumentsAreJudgedLikeByTheReference() {
        var refused = 0
        for seed in 10001...16000 as ClosedRange<UInt64> {
            let document = GeneratedDocument(seed: seed)
            guard document.input.count < 600 else { continue }
            var generator = SeededGenerator(seed: seed ^ 0xDA)
            let damaged = generator.damage(document.input)
            let reference = ReferenceRedactor.redact(damaged, names: GeneratedDocument.protectedNames)
            let whole = Redacted(damaged, rules: rules)
            #expect((whole.refusal == nil) == (reference != nil), "seed \(seed)")
            if let reference { #expect(whole.output == reference, "seed \(seed)") }
            let cut = Redacted(damaged, rules: rules, cuts: cuts(of: damaged.count, &generator))
            #expect(cut.refusal == whole.refusal, "seed \(seed)")
            if whole.refusal == nil { #expect(cut == whole, "seed \(seed)") } else { refused += 1 }
        }
        #expect(refused > 1500)
    }

    @Test(arguments: try VectorFile.all.flatMap(VectorFile.load))
    func theReferenceAgreesWithTheVectors(_ vector: Vector) {
        let reference = ReferenceRedactor.redact(vector.input, names: vector.rules)
        switch vector.outcome {
        case .output(let expected): #expect(reference == expected)
        case .refused: #expect(reference == nil)
        }
    }
}
