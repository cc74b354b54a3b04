import Redaction
import Testing

/// What came of a whole request body, fed in pieces.
struct Guarded: Equatable {
    var output: [UInt8] = []
    var refusal: WriteBackError?
    var dropped = 0
    var rules: RuleMask = []
    var redirects: RuleMask = []
    var withoutSecret: RuleMask = []

    init(
        _ input: [UInt8], names: WatchedNames, active: RuleMask = RuleMask(rawValue: .max), mode: WriteBackMode = .drop,
        limits: RedactionLimits = RedactionLimits(), cuts: [Int] = []
    ) {
        var guardian = WriteBackGuard(names, active: active, mode: mode, limits: limits)
        let document = input.span
        do throws(WriteBackError) {
            var start = 0
            for end in cuts + [document.count] {
                try feed(document.extracting(start..<end), to: &guardian)
                start = end
            }
            try guardian.finish()
        } catch {
            refusal = error
            var refusing = guardian
            #expect(throws: error) { _ = try refusing.next(input.span) }
            #expect(throws: error) { try refusing.finish() }
        }
        dropped = guardian.droppedCount
        rules = guardian.droppedRules
        redirects = guardian.redirects
        withoutSecret = guardian.redirectsWithoutSecret
    }

    private mutating func feed(_ piece: Span<UInt8>, to guardian: inout WriteBackGuard) throws(WriteBackError) {
        var start = 0
        while start < piece.count {
            let rest = piece.extracting(start..<piece.count)
            let step = try guardian.next(rest)
            #expect(step.consumed > 0 || step.insertion != .none)
            for index in step.pass { output.append(rest[index]) }
            switch step.insertion {
            case .none: break
            case .mask: Issue.record("a guard writes no mask")
            case .composed:
                let composed = guardian.composed
                for index in 0..<composed.count { output.append(composed[index]) }
            }
            start += step.consumed
        }
    }
}
