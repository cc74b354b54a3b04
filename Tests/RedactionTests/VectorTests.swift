import Redaction
import Testing

struct VectorTests {
    @Test(arguments: try ["wellformed", "masked"].flatMap(VectorFile.load))
    func passes(_ vector: Vector) throws {
        guard case .output(let expected) = vector.outcome else {
            Issue.record("a refusal among the documents that pass")
            return
        }
        let rules = try RedactionRules.masking(vector.rules)
        for cuts in everyCut(of: vector.input.count) {
            let redacted = Redacted(vector.input, rules: rules, cuts: cuts)
            #expect(redacted.refusal == nil, "cut at \(cuts)")
            #expect(text(redacted.output) == text(expected), "cut at \(cuts)")
            #expect(redacted.output == expected, "cut at \(cuts)")
            #expect((redacted.count > 0) == !redacted.rules.isEmpty)
        }
        #expect(!expected.contains(run: Array("HUSH".utf8)))
    }

    @Test(arguments: try ["masked"].flatMap(VectorFile.load))
    func redactionOfTheRedactedIsTheIdentity(_ vector: Vector) throws {
        let rules = try RedactionRules.masking(vector.rules)
        let once = Redacted(vector.input, rules: rules)
        let twice = Redacted(once.output, rules: rules)
        #expect(twice == once)
    }

    @Test(arguments: try ["refused-cut", "refused-structure", "refused-tokens"].flatMap(VectorFile.load))
    func refuses(_ vector: Vector) throws {
        guard case .refused(let expected) = vector.outcome else {
            Issue.record("an output among the refusals")
            return
        }
        let rules = try RedactionRules.masking(vector.rules)
        for cuts in everyCut(of: vector.input.count) {
            let redacted = Redacted(vector.input, rules: rules, cuts: cuts)
            #expect(redacted.refusal == expected, "cut at \(cuts)")
            #expect(!redacted.output.contains(run: Array("HUSH".utf8)), "cut at \(cuts)")
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
