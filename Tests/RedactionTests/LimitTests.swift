import Redaction
import Testing

struct LimitTests {
    private let rules: RedactionRules

    init() throws { rules = try RedactionRules.compile(RedactionRule.shipped) }

    private func refusal(_ text: String, _ limits: RedactionLimits, cuts: [Int] = []) -> RedactionError? {
        Redacted(Array(text.utf8), rules: rules, limits: limits, cuts: cuts).refusal
    }

    private func nested(_ depth: Int, _ open: String, _ core: String, _ close: String) -> String {
        String(repeating: open, count: depth) + core + String(repeating: close, count: depth)
    }

    @Test func depthUpToTheLimit() {
        let limits = RedactionLimits()
        #expect(limits.depth == 512)
        #expect(refusal(nested(512, "[", "", "]"), limits) == nil)
        #expect(refusal(nested(512, "[", "1", "]"), limits) == nil)
        #expect(refusal(nested(513, "[", "", "]"), limits) == RedactionError(.depthLimit, at: 512))
        #expect(refusal(nested(511, "{\"a\":", "{}", "}"), limits) == nil)
        #expect(refusal(nested(512, "{\"a\":", "[]", "}"), limits) == RedactionError(.depthLimit, at: 512 * 5))
    }

    @Test func depthCountsInsideProtectedValuesToo() {
        let limits = RedactionLimits(depth: 8)
        #expect(refusal("{\"secret_key\":" + nested(7, "[", "", "]") + "}", limits) == nil)
        let tooDeep = "{\"secret_key\":" + nested(8, "[", "", "]") + "}"
        #expect(refusal(tooDeep, limits) == RedactionError(.depthLimit, at: 21))
    }

    @Test func depthIsNotAFloorOrACeilingThatCanBeMissed() {
        #expect(RedactionLimits(depth: 0).depth == 1)
        #expect(RedactionLimits(depth: .max).depth == RedactionLimits.maximumDepth)
        let deepest = RedactionLimits(depth: .max)
        #expect(refusal(nested(1024, "[", "", "]"), deepest) == nil)
        #expect(refusal(nested(1025, "[", "", "]"), deepest) == RedactionError(.depthLimit, at: 1024))
        #expect(refusal("[1]", RedactionLimits(depth: 1)) == nil)
        #expect(refusal("[[1]]", RedactionLimits(depth: 1)) == RedactionError(.depthLimit, at: 1))
    }

    /// Which kind each open container is must be remembered over every word of the stack.
    @Test func closersAreMatchedAtEveryDepth() {
        for depth in [1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512] {
            var open = "", close = ""
            for level in 0..<depth {
                let isObject = level % 3 == 0 || level % 64 == 63
                open += isObject ? "{\"a\":" : "["
                close = (isObject ? "}" : "]") + close
            }
            #expect(refusal(open + "1" + close, RedactionLimits()) == nil, "depth \(depth)")
            var wrong = Array(close)
            for (index, closer) in close.enumerated() where index == 0 || index == wrong.count - 1 {
                wrong[index] = closer == "}" ? "]" : "}"
                let expected = RedactionError(.unexpectedByte, at: open.utf8.count + 1 + index)
                #expect(refusal(open + "1" + String(wrong), RedactionLimits()) == expected, "depth \(depth)")
                wrong[index] = closer
            }
        }
    }

    @Test func namesUpToTheLimit() {
        let limits = RedactionLimits(keyBytes: 20)
        for (name, isRefused) in [
            (String(repeating: "n", count: 20), false), (String(repeating: "n", count: 21), true),
            ("secret_key", false), ("\\u0061\\u0061\\u0061aa", false), ("\\u0061\\u0061\\u0061aaa", true),
            (String(repeating: "é", count: 10), false), (String(repeating: "é", count: 10) + "n", true),
        ] {
            let text = "{\"\(name)\":1}"
            let expected = isRefused ? RedactionError(.keyLimit, at: 22) : nil
            for cuts in everyCut(of: text.utf8.count) {
                #expect(refusal(text, limits, cuts: cuts) == expected, "\(name) \(cuts)")
            }
        }
    }

    @Test func aNameOverTheLimitIsRefusedForThatWhateverFollows() {
        let limits = RedactionLimits(keyBytes: 5)
        for tail in ["\\q\":1}", "\\ud800x\":1}", "\u{1}\":1}", "", "\\"] {
            let text = "{\"abcdefg" + tail
            for cuts in everyCut(of: text.utf8.count) {
                #expect(refusal(text, limits, cuts: cuts) == RedactionError(.keyLimit, at: 7), "\(tail) \(cuts)")
            }
        }
    }

    @Test func numbersUpToTheLimit() {
        let limits = RedactionLimits(numberBytes: 8)
        for (text, offset) in [
            ("12345678", nil), ("123456789", 8), ("[12345678]", nil), ("[123456789]", 9), ("-1.25e+3", nil),
            ("-1.25e+30", 8), ("[-1.25e+3,0]", nil), ("[0,-1.25e+33]", 11), ("{\"password\":123456789}", 20),
            ("123456789.x", 8), ("12345678.", 8),
        ] as [(String, Int?)] {
            let expected = offset.map { RedactionError(.numberLimit, at: $0) }
            for cuts in everyCut(of: text.utf8.count) {
                #expect(refusal(text, limits, cuts: cuts) == expected, "\(text) \(cuts)")
            }
        }
    }

    @Test func stringsInValuesHaveNoLimit() {
        let long = String(repeating: "x", count: 300_000)
        let input = Array("{\"a\":\"\(long)\",\"secret_key\":\"\(long)\",\"b\":1}".utf8)
        let redacted = Redacted(
            input, rules: rules, limits: RedactionLimits(depth: 1, keyBytes: 10, numberBytes: 1),
            cuts: Array(stride(from: 1000, to: input.count, by: 1000)))
        #expect(redacted.output == Array("{\"a\":\"\(long)\",\"secret_key\":\"[censored]\",\"b\":1}".utf8))
    }
}
