// Built by deploy/fuzz together with the files of Redaction, as one module with libFuzzer's main function.

/// Called by libFuzzer with one input: a byte that chooses what reads it, a byte that chooses where it is cut, and the
/// bytes themselves.
///
/// What breaks an oracle stops the process, as every trap does.
@_cdecl("LLVMFuzzerTestOneInput")
public func lookAt(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 2 else { return 0 }
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    let bytes = unsafe Array(input[2...])
    let chosen = unsafe input[0] % 8
    let cut = unsafe Int(input[1]) * bytes.count / 255
    switch chosen {
    case 0, 1: Answer(bytes, cut, isTight: chosen == 1, hasEchoes: false).check()
    case 2: Answer(bytes, cut, isTight: false, hasEchoes: true).check()
    case 3: checkFinder(bytes, cut)
    case 4: checkWriteBack(bytes, cut, .drop)
    case 5: checkWriteBack(bytes, cut, .refuse)
    case 6: checkMultipart(bytes, cut)
    default: checkPlanted(bytes, cut)
    }
    return 0
}

let names: WatchedNames = {
    guard let names = try? WatchedNames.compile(RedactionRule.shipped) else { preconditionFailure("the rules that ship") }
    return names
}()
let rules: RedactionRules = {
    guard let rules = try? RedactionRules.compile(RedactionRule.shipped) else { preconditionFailure("the rules that ship") }
    return rules
}()
let connectors = rules.applying(toController: "cloud_connectors")
let every = rules.all
private let tight = RedactionLimits(depth: 4, keyBytes: 24, numberBytes: 8)
/// What every answer and request of the fuzzer knows as submitted.
let submitted = "qjxz/\"7\\qjxz"

/// What came of an answer, by the redactor.
struct Redacted: Equatable {
    var output: [UInt8] = []
    var refusal: RedactionError?

    init(
        _ bytes: [UInt8], _ cuts: [Int], _ active: RuleMask, _ limits: RedactionLimits = RedactionLimits(),
        echoes: SubmittedSecrets? = nil
    ) {
        var redactor = JSONRedactor(rules: rules, active: active, limits: limits, echoes: echoes)
        do throws(RedactionError) {
            var start = 0
            for end in cuts {
                while start < end {
                    let rest = bytes.span.extracting(start..<end)
                    let step = try redactor.next(rest)
                    precondition(step.pass.upperBound <= step.consumed && step.consumed <= rest.count)
                    precondition(step.consumed > 0 || step.insertion != .none, "no progress")
                    for index in step.pass { output.append(rest[index]) }
                    switch step.insertion {
                    case .none: break
                    case .mask: output += Array("\"[censored]\"".utf8)
                    case .composed: for index in 0..<redactor.composed.count { output.append(redactor.composed[index]) }
                    }
                    start += step.consumed
                }
            }
            try redactor.finish()
        } catch { refusal = error }
    }
}

/// One answer: the redactor against an independent reader, and against itself.
private struct Answer {
    let bytes: [UInt8]
    let cut: Int
    let limits: RedactionLimits
    let echoes: SubmittedSecrets?

    init(_ bytes: [UInt8], _ cut: Int, isTight: Bool, hasEchoes: Bool) {
        self.bytes = bytes
        self.cut = cut
        limits = isTight ? tight : RedactionLimits()
        echoes = hasEchoes ? SubmittedSecrets() : nil
        echoes?.remember(submitted.utf8.span)
    }

    func check() {
        let whole = Redacted(bytes, [bytes.count], connectors, limits, echoes: echoes)
        for cuts in [[cut, bytes.count], Array(0...bytes.count)] {
            let pieces = Redacted(bytes, cuts, connectors, limits, echoes: echoes)
            precondition(pieces.refusal == whole.refusal, "refused otherwise when cut")
            if whole.refusal == nil { precondition(pieces.output == whole.output, "another output when cut") }
        }
        let parsed = PlainJSON.parse(bytes)
        guard whole.refusal == nil else {
            // Within the limits only what is no JSON is refused, or a number that has no end to be masked at.
            if limits != tight, echoes == nil { precondition(parsed == nil || parsed?.isDeep == true, "JSON is refused") }
            return
        }
        guard let parsed else { preconditionFailure("what is no JSON passes") }
        guard let output = PlainJSON.parse(whole.output) else { preconditionFailure("the output is no JSON") }
        Comparison(echoes: echoes).compare(parsed, output)
        let again = Redacted(whole.output, [whole.output.count], connectors, limits, echoes: echoes)
        precondition(again.refusal == nil && again.output == whole.output, "the output is redacted once more")
    }
}

/// The finder refuses what the redactor does, and finds nothing where that masks nothing.
private func checkFinder(_ bytes: [UInt8], _ cut: Int) {
    let redacted = Redacted(bytes, [bytes.count], every)
    for cuts in [[bytes.count], [cut, bytes.count], Array(0...bytes.count)] {
        var finder = SecretFinder(names, revealed: every, limits: RedactionLimits())
        var refusal: RedactionError?
        var found = 0
        do throws(RedactionError) {
            var start = 0
            for end in cuts {
                while start < end {
                    start += try finder.next(bytes.span.extracting(start..<end))
                    for index in 0..<finder.foundCount { precondition(finder[finder.found(index)].count > 0 || !finder.found(index).isWhole) }
                    found += finder.foundCount
                }
            }
            try finder.finish()
        } catch { refusal = error }
        precondition(refusal == redacted.refusal, "the finder judges otherwise")
        if refusal == nil, redacted.output == bytes { precondition(found == 0, "a secret is found that is not masked") }
    }
}
