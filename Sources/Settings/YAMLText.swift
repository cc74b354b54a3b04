import Yams

/// YAML text made into nodes, safely: bounded in size and depth, without references.
enum YAMLText {
    /// Duplicate keys that are found before reading gives up.
    private static let duplicateLimit = 8

    /// What a text holds.
    struct Document {
        /// Nil for an empty text.
        var root: Node?
        /// Keys that had to be renamed so that the rest could be read: their places and what they were called.
        var renamedKeys: [TextPosition: String] = [:]
    }

    /// JSON is read too: apart from exotic spellings it is YAML.
    static func compose(_ text: String) throws(TextProblem) -> Document {
        try TextScreen.check(text)
        try refuseReferences(text)
        var text = text
        var document = Document()
        while true {
            do {
                // The basic resolver leaves every scalar a string: what it means is decided by who asks for it.
                document.root = try Yams.compose(yaml: text, .basic, .default, .utf8)
                return document
            } catch let error as YamlError {
                guard case .duplicatedKeysInMapping(let keys, let context) = error else { throw problem(error) }
                let position = TextPosition(line: context.mark.line, column: context.mark.column)
                let key = keys.first ?? ""
                guard document.renamedKeys.count < duplicateLimit,
                    let renamed = rename(position, in: text, number: document.renamedKeys.count)
                else { throw TextProblem(position: position, message: "the key `\(key)` is set more than once") }
                document.renamedKeys[position] = key
                text = renamed
            } catch {
                throw TextProblem(position: .start, message: "the text cannot be read")
            }
        }
    }

    /// Replaces one character of the key at `position`, so that it is no longer equal to another and columns stay.
    private static func rename(_ position: TextPosition, in text: String, number: Int) -> String? {
        guard let mark = Unicode.Scalar(0xE000 + UInt32(number)) else { return nil }
        var scalars = text.unicodeScalars
        var place = TextPosition.start
        var index = scalars.startIndex
        while index < scalars.endIndex, place < position {
            let next = scalars.index(after: index)
            place.pass(scalars[index], before: next < scalars.endIndex ? scalars[next] : nil)
            index = next
        }
        if index < scalars.endIndex, scalars[index] == "\"" || scalars[index] == "'" { scalars.formIndex(after: &index) }
        guard index < scalars.endIndex, isNameScalar(scalars[index]) || scalars[index] == "/" else { return nil }
        scalars.replaceSubrange(index...index, with: CollectionOfOne(mark))
        return String(scalars)
    }

    // MARK: References

    /// Refuses a text with `&name` and `*name` of the same name.
    ///
    /// Yams shares nodes between references but hashes and compares keys in full, so a dozen nested references in a
    /// key would never end. Anything that looks like a pair is refused before it gets to see the text.
    private static func refuseReferences(_ text: String) throws(TextProblem) {
        var anchors: Set<Substring> = []
        forEachName(after: "&", in: text) { name, _ in
            anchors.insert(name)
            return true
        }
        guard !anchors.isEmpty else { return }
        var found: (name: Substring, index: String.Index)?
        forEachName(after: "*", in: text) { name, index in
            if anchors.contains(name) { found = (name, index) }
            return found == nil
        }
        guard let found else { return }
        throw TextProblem(
            position: position(of: found.index, in: text),
            message: "the reference `*\(found.name.prefix(40))` is not read; write its value out where it is used")
    }

    private static func forEachName(
        after mark: Unicode.Scalar, in text: String, _ body: (Substring, String.Index) -> Bool
    ) {
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        while let place = scalars[index...].firstIndex(of: mark) {
            let start = scalars.index(after: place)
            let end = scalars[start...].firstIndex { !isNameScalar($0) } ?? scalars.endIndex
            index = start
            if end > start, !body(text[start..<end], place) { return }
        }
    }

    /// What libyaml takes for a part of an anchor's name.
    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }

    private static func position(of index: String.Index, in text: String) -> TextPosition {
        var position = TextPosition.start
        let scalars = text.unicodeScalars
        var place = scalars.startIndex
        while place < index {
            let next = scalars.index(after: place)
            position.pass(scalars[place], before: next < scalars.endIndex ? scalars[next] : nil)
            place = next
        }
        return position
    }

    // MARK: Errors

    private static func problem(_ error: YamlError) -> TextProblem {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return TextProblem(
                position: TextPosition(line: mark.line, column: mark.column), message: sentence(context, problem))
        case .memory:
            return TextProblem(position: .start, message: "the text needs more memory than there is")
        case .reader(let problem, _, _, _):
            return TextProblem(position: .start, message: "not YAML: \(problem)")
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping:
            return TextProblem(position: .start, message: "the text cannot be read")
        }
    }

    private static func sentence(_ context: YamlError.Context?, _ problem: String) -> String {
        let plain = problem.lowercased()
        if plain.contains("nesting level") { return "nested too deeply" }
        if plain.contains("found another document") { return "a second document starts here; only one is read" }
        if plain.contains("cannot start any token"), plain.contains("found character") {
            return "not YAML: a value cannot start with this character (a tab, `@`, `` ` `` or `%`); use spaces, or quotes"
        }
        if context?.text.contains("scanning an alias") == true {
            return "not YAML: `*` starts a reference; put a value that starts with `*` in quotes: \"*:8080\""
        }
        return "not YAML: " + (context.map { "\($0.text): " } ?? "") + problem
    }
}
