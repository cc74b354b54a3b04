import AccessControl
import HTTPWire
import Redaction

/// The query of a request as it is recorded: values of parameters that are named after a protected field are masked.
struct AuditQueryText {
    private let fields: [[UInt8]]
    private let name = ByteBuffer(capacity: 16 * 1024)

    init(rules: RedactionRules) { fields = rules.rules.map { Array($0.field.utf8) } }

    func emit(_ target: CanonicalTarget, into buffer: ByteBuffer) -> Bool {
        for index in 0..<target.parameterCount {
            let parameter = target.parameter(index)
            guard index == 0 || buffer.append("&"), target.emit(parameter.name, into: buffer) else { return false }
            guard parameter.hasValue else { continue }
            guard buffer.append("=") else { return false }
            let isWritten = isProtected(parameter, of: target)
                ? buffer.append("[censored]") : target.emit(parameter.value, into: buffer)
            guard isWritten else { return false }
        }
        return true
    }

    /// The name holds a protected field's, in whatever brackets: a mask too many costs nothing.
    private func isProtected(_ parameter: QueryParameter, of target: CanonicalTarget) -> Bool {
        name.removeAll()
        guard target.emit(parameter.name, into: name) else { return true }
        return fields.contains { holds(name.span, $0) }
    }

    private func holds(_ text: Span<UInt8>, _ word: [UInt8]) -> Bool {
        guard !word.isEmpty, word.count <= text.count else { return false }
        for start in 0...(text.count - word.count) {
            var index = 0
            while index < word.count, ASCII.lowercase(text[start + index]) == ASCII.lowercase(word[index]) { index += 1 }
            if index == word.count { return true }
        }
        return false
    }
}
