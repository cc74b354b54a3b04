import AccessControl
import HTTPWire

extension SettingForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the words of an enumeration.
    static var word: SettingForm {
        let words = Value.allCases.map(\.rawValue)
        let allowed = "one of " + words.map { "`\($0)`" }.joined(separator: ", ")
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard let value = Value(rawValue: text) else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)", suggestion: Spelling.nearest(to: text, among: words))
            }
            return value
        } text: { $0.rawValue }
    }
}

extension SettingForm where Value == String {
    private static var textLimit: Int { 1024 }

    /// A path of a file; empty only where that has a meaning.
    static func path(empty: String? = nil) -> SettingForm {
        SettingForm("the path of a file" + (empty.map { "; empty: \($0)" } ?? "")) { text throws(ValueRefusal) in
            guard !text.isEmpty || empty != nil else { throw ValueRefusal("a path must not be empty") }
            guard isPlain(text) else { throw ValueRefusal("a path has at most \(textLimit) bytes and no control characters") }
            guard !text.hasPrefix("~") else {
                throw ValueRefusal("\(quoted(text)): `~` is not expanded; write the path out")
            }
            return text
        } text: { yamlText($0) }
    }

    /// Printable ASCII without blanks at the ends.
    static func label(_ meaning: String, empty: String) -> SettingForm {
        SettingForm("\(meaning); empty: \(empty)") { text throws(ValueRefusal) in
            guard text.utf8.count <= 64, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.first != " ",
                text.last != " "
            else { throw ValueRefusal("\(quoted(text)) is not \(meaning)") }
            return text
        } text: { yamlText($0) }
    }

    /// The name of an environment variable.
    static func variable(empty: String) -> SettingForm {
        SettingForm("the name of an environment variable; empty: \(empty)") { text throws(ValueRefusal) in
            let isName = text.utf8.count <= 256 && text.first?.isNumber != true
                && text.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x5F }
            // The text is not shown: it may be the secret itself, written in the wrong place.
            guard isName else {
                throw ValueRefusal("this is not the name of an environment variable (letters, digits and `_`)")
            }
            return text
        } text: { yamlText($0) }
    }

    /// The name of a credential of systemd, which is that of a file.
    static var credentialName: SettingForm {
        SettingForm("the name of a credential of systemd: letters, digits and any of `._-`; empty: none") {
            text throws(ValueRefusal) in
            let isName = text.utf8.count <= 255 && text.first != "."
                && text.utf8.allSatisfy {
                    ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E
                }
            // The text is not shown: it may be the secret itself, written in the wrong place.
            guard isName else {
                throw ValueRefusal("this is not the name of a credential of systemd (letters, digits and any of `._-`)")
            }
            return text
        } text: { yamlText($0) }
    }

    /// Words of one alphabet: a controller, an action, a field of JSON.
    static func name(_ meaning: String, atMost limit: Int = 64) -> SettingForm {
        SettingForm(meaning) { text throws(ValueRefusal) in
            guard !text.isEmpty, text.utf8.count <= limit, isPlain(text) else {
                throw ValueRefusal("\(quoted(text)) is not \(meaning) of 1 to \(limit) bytes")
            }
            return text
        } text: { yamlText($0) }
    }

    /// The one text that is allowed.
    static func fixed(_ only: String) -> SettingForm {
        SettingForm("always `\(only)`") { text throws(ValueRefusal) in
            guard text == only else { throw ValueRefusal("\(quoted(text)): this cannot be changed", suggestion: only) }
            return text
        } text: { yamlText($0) }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= textLimit && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

extension SettingForm {
    /// A text as YAML: plain where that reads back as the same text, in quotes otherwise.
    static func yamlText(_ text: String) -> String {
        let isPlain = !text.isEmpty && text != "null" && text.first?.isNumber != true
            && text.utf8.allSatisfy {
                ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x5F || $0 == 0x2D || $0 == 0x2F || $0 == 0x2E
            }
        if isPlain && text.first != "-" { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension SettingForm where Value == [String] {
    /// Names of header fields, as a YAML list or separated by commas; in lower case.
    static var fieldNames: SettingForm {
        let allowed = "a list of names of header fields that the gateway has no use for itself"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            var names: [String] = []
            for part in text.split(separator: ",") where text != "[]" {
                let name = part.filter { $0 != " " }.lowercased()
                // Fields of the gateway's own making must not come from a client.
                guard name.utf8.allSatisfy(ASCII.isToken), !name.isEmpty, FieldID(name.utf8.span) == .other,
                    !name.hasPrefix("x-nodegate-")
                else {
                    throw ValueRefusal("\(quoted(name)) is not one of \(allowed)")
                }
                names.append(name)
            }
            return names
        } text: { "[\($0.joined(separator: ", "))]" }
    }

    /// Controllers, as a YAML list or separated by commas.
    static var controllers: SettingForm {
        let allowed = "a list of controllers"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            var names: [String] = []
            for part in text.split(separator: ",") {
                let name = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                guard Scope(controller: name, action: "index") != nil else {
                    throw ValueRefusal("\(quoted(name)) is not a controller: letters a-z, digits and `_`")
                }
                names.append(name)
            }
            return names
        } text: { "[\($0.joined(separator: ", "))]" }
    }
}

extension SettingForm where Value == [Scope] {
    /// Scopes, as a YAML list or separated by commas.
    static var scopes: SettingForm {
        let allowed = "a list of scopes, `controller/action`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            var scopes: [Scope] = []
            for part in text.split(separator: ",") where text != "[]" {
                guard let scope = Scope(String(part)) else { throw ValueRefusal("\(quoted(String(part))) is not \(allowed)") }
                scopes.append(scope)
            }
            return scopes
        } text: { "[\($0.map(\.description).joined(separator: ", "))]" }
    }
}

extension SettingForm where Value == Scope? {
    /// One that must be there.
    static var neededScope: SettingForm {
        let allowed = "a scope, `controller/action`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard let scope = Scope(text) else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            return scope
        } text: { $0?.description ?? "" }
    }

    static var scope: SettingForm {
        let allowed = "a scope, `controller/action`, or `none`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            if text == "none" { return nil }
            guard let scope = Scope(text) else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            return scope
        } text: { $0?.description ?? "none" }
    }
}

extension SettingForm where Value == Method? {
    static var method: SettingForm {
        let words = Method.allCases.filter(MethodSet.routable.contains).map(\.name.description)
        let allowed = "one of " + words.map { "`\($0)`" }.joined(separator: ", ")
        return SettingForm(allowed) { text throws(ValueRefusal) in
            let method = Method(text.utf8.span)
            guard MethodSet.routable.contains(method) else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)", suggestion: Spelling.nearest(to: text, among: words))
            }
            return method
        } text: { $0?.name.description ?? "" }
    }
}

extension SettingForm where Value == PathTemplate? {
    static var template: SettingForm {
        let allowed = "a path below the API's prefix, like `/pools/{pool_id}/tapes`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard let template = PathTemplate(text) else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            return template
        } text: { $0?.description ?? "" }
    }
}
