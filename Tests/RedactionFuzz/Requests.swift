/// What came of a request body, by the write-back guard.
private struct Guarded: Equatable {
    var output: [UInt8] = []
    var refusal: WriteBackError?
    var dropped = 0
    var redirects: RuleMask = []
    var withoutSecret: RuleMask = []
    var secrets = 0

    init(_ bytes: [UInt8], _ cuts: [Int], _ mode: WriteBackMode) {
        var guardian = WriteBackGuard(names, active: every, mode: mode, limits: RedactionLimits())
        do throws(WriteBackError) {
            var start = 0
            for end in cuts {
                while start < end {
                    let rest = bytes.span.extracting(start..<end)
                    let step = try guardian.next(rest)
                    precondition(step.pass.upperBound <= step.consumed && step.consumed <= rest.count)
                    precondition(step.consumed > 0 || step.insertion != .none, "no progress")
                    for index in step.pass { output.append(rest[index]) }
                    if step.insertion == .composed {
                        for index in 0..<guardian.composed.count { output.append(guardian.composed[index]) }
                    }
                    start += step.consumed
                }
            }
            try guardian.finish()
        } catch { refusal = error }
        dropped = guardian.droppedCount
        redirects = guardian.redirects
        withoutSecret = guardian.redirectsWithoutSecret
        secrets = guardian.submitted.count + guardian.submitted.missedCount
    }
}

/// No mask reaches the appliance as a secret, and nothing else is changed.
func checkWriteBack(_ bytes: [UInt8], _ cut: Int, _ mode: WriteBackMode) {
    let whole = Guarded(bytes, [bytes.count], mode)
    for cuts in [[cut, bytes.count], Array(0...bytes.count)] {
        let pieces = Guarded(bytes, cuts, mode)
        precondition(pieces.refusal == whole.refusal, "refused otherwise when cut")
        if whole.refusal == nil { precondition(pieces == whole, "something else came of it when cut") }
    }
    let parsed = PlainJSON.parse(bytes)
    switch whole.refusal {
    case .malformed: precondition(parsed == nil || parsed?.isDeep == true, "JSON is refused")
    case .mask: precondition(mode == .refuse && whole.dropped == 0)
    case .memberLimit: preconditionFailure("no member of the fuzzer is too long")
    case nil:
        guard let parsed else { preconditionFailure("what is no JSON passes") }
        guard let output = PlainJSON.parse(whole.output) else { preconditionFailure("the output is no JSON") }
        precondition(output == withoutMasks(parsed), "not only masks are dropped")
        precondition(mode == .drop || whole.output == bytes, "what is not refused passes as it is")
        precondition(whole.dropped > 0 || whole.output == bytes, "what holds no mask passes as it is")
    }
}

private let protected = Set(RedactionRule.shipped.map(\.field))

/// The document without members that hold a mask in a secret's place.
private func withoutMasks(_ value: PlainJSON) -> PlainJSON {
    switch value {
    case .text, .word: return value
    case .array(let elements): return .array(elements.map(withoutMasks))
    case .object(let members):
        return .object(members.compactMap { member in
            let name = String(decoding: member.name, as: UTF8.self)
            guard protected.contains(name) else {
                return PlainJSON.Member(name: member.name, value: withoutMasks(member.value))
            }
            return holdsMask(member.value, isShortened: name == "key") ? nil : member
        })
    }
}

private func holdsMask(_ value: PlainJSON, isShortened: Bool) -> Bool {
    switch value {
    case .text(let text):
        let string = String(decoding: text, as: UTF8.self)
        return text.count >= 10 && (0...text.count - 10).contains { text[$0..<$0 + 10].elementsEqual("[censored]".utf8) }
            || isShortened && string.hasPrefix("********")
    case .word: return false
    case .array(let elements): return elements.contains { holdsMask($0, isShortened: isShortened) }
    case .object(let members):
        return members.contains {
            holdsMask(.text($0.name), isShortened: isShortened) || holdsMask($0.value, isShortened: isShortened)
        }
    }
}

/// A form comes to one judgement however it is cut, and what passes holds no mask in a part that a rule names.
func checkMultipart(_ bytes: [UInt8], _ cut: Int) {
    struct Judgement: Equatable {
        var error: MultipartError?
        var secrets = 0
        var redirects: RuleMask = []
    }
    func judge(_ cuts: [Int]) -> Judgement {
        var judgement = Judgement()
        let secrets = SubmittedSecrets()
        guard var guardian = MultipartGuard(boundary: "b".utf8.span, names: names, active: every, submitted: secrets) else {
            preconditionFailure("the boundary of the fuzzer")
        }
        do throws(MultipartError) {
            var start = 0
            for end in cuts {
                try guardian.next(bytes.span.extracting(start..<end))
                start = end
            }
            try guardian.finish()
            judgement.secrets = secrets.count + secrets.missedCount
            judgement.redirects = guardian.redirects
        } catch { judgement.error = error }
        return judgement
    }
    let whole = judge([bytes.count])
    for cuts in [[cut, bytes.count], Array(0...bytes.count)] { precondition(judge(cuts) == whole, "judged otherwise when cut") }
    guard whole.error == nil else { return }
    for part in PlainForm.parts(bytes) {
        let words = part.name.lowercased().split { $0 == "[" || $0 == "]" }.map(String.init)
        precondition(!words.contains("_method"), "a method passes")
        guard words.contains(where: protected.contains) else { continue }
        precondition(!holdsMask(.text(part.content), isShortened: words.contains("key")), "a mask passes")
        if words.contains("secret_key"), !part.content.isEmpty { precondition(whole.secrets > 0, "a secret is not remembered") }
    }
}

/// A lenient reading of a form, as frameworks have it.
private enum PlainForm {
    struct Part {
        let name: String
        let content: [UInt8]
    }

    static func parts(_ bytes: [UInt8]) -> [Part] {
        pieces(bytes, "--b").dropFirst().dropLast().compactMap { piece in
            let halves = pieces(Array(piece), "\r\n\r\n")
            guard halves.count > 1 else { return nil }
            let head = String(decoding: halves[0], as: UTF8.self)
            guard let start = find(head, "name=") else { return nil }
            let rest = head[start...]
            let name = rest.first == "\"" ? rest.dropFirst().prefix { $0 != "\"" } : rest.prefix { !";\r\n ".contains($0) }
            let content = Array(piece).dropFirst(halves[0].count + 4).dropLast(2)
            return Part(name: String(name), content: Array(content))
        }
    }

    private static func find(_ text: String, _ word: String) -> String.Index? {
        var rest = text[...]
        while !rest.isEmpty {
            if rest.lowercased().hasPrefix(word) { return rest.index(rest.startIndex, offsetBy: word.count) }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func pieces(_ bytes: [UInt8], _ mark: String) -> [ArraySlice<UInt8>] {
        let mark = Array(mark.utf8)
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) {
                pieces.append(bytes[start..<index])
                index += mark.count
                start = index
            } else {
                index += 1
            }
        }
        return pieces + [bytes[start...]]
    }
}
