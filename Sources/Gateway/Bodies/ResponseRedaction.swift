import HTTPWire
import Redaction

/// The redactor of one answer. A class, because it is large; a lane keeps them for reuse.
final class ResponseRedaction {
    /// A mask can be longer than what it stands for: `"k":1` becomes `"k":"[censored]"`. The output has room for that
    /// many times the input.
    static let growth = 4

    private var redactor: JSONRedactor

    init(rules: RedactionRules, limits: RedactionLimits) {
        redactor = JSONRedactor(rules: rules, active: rules.all, limits: limits)
    }

    /// Begins with another answer.
    func begin(rules: RedactionRules, active: RuleMask, limits: RedactionLimits, echoes: SubmittedSecrets?) {
        redactor.begin(rules: rules, active: active, limits: limits, echoes: echoes)
    }

    /// Nothing of the answer is remembered any more.
    func forget() { redactor.forget() }

    /// Values masked so far, echoes of submitted secrets included.
    var count: Int { redactor.redactedCount + redactor.echoCount }

    /// Moves what may pass, with masks in the place of what may not.
    func pass(_ payload: Span<UInt8>, to output: ByteBuffer) throws(RedactionError) {
        try Self.pass(payload, through: &redactor, to: output)
    }

    /// Static, so that exclusive access to the redactor is checked once, not step by step.
    private static func pass(
        _ payload: Span<UInt8>, through redactor: inout JSONRedactor, to output: ByteBuffer
    ) throws(RedactionError) {
        var index = 0
        while index < payload.count {
            let rest = payload.extracting(index...)
            let step = try redactor.next(rest)
            output.append(rest.extracting(step.pass))
            switch step.insertion {
            case .none: break
            case .mask: output.append(JSONRedactor.mask)
            case .composed: output.append(redactor.composed)
            }
            index += step.consumed
        }
    }

    func finish() throws(RedactionError) { try redactor.finish() }
}
