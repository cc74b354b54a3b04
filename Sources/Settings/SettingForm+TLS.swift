import HTTPWire

extension SettingForm where Value == [String] {
    private static var fileLimit: Int { 16 }

    /// Files, as a YAML list or separated by commas.
    static var paths: SettingForm {
        let allowed = "a list of at most \(fileLimit) files"
        let path = SettingForm<String>.path()
        return SettingForm(allowed) { text throws(ValueRefusal) in
            var paths: [String] = []
            for part in parts(text) { paths.append(try path.read(part)) }
            guard paths.count <= fileLimit else { throw ValueRefusal("\(paths.count) files are too many; allowed is \(allowed)") }
            return paths
        } text: { list($0) }
    }

    /// SHA-256 digests.
    static var digests: SettingForm {
        let allowed = "a list of SHA-256 digests, 64 hexadecimal digits each"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            let digests = parts(text).map { $0.lowercased() }
            for digest in digests
            where digest.utf8.count != 64 || !digest.utf8.allSatisfy({ ASCII.isDigit($0) || (0x61...0x66).contains($0) }) {
                throw ValueRefusal("\(quoted(digest)) is not one of \(allowed)")
            }
            return digests
        } text: { list($0) }
    }

    private static func list(_ texts: [String]) -> String {
        "[\(texts.map { SettingForm<String>.yamlText($0) }.joined(separator: ", "))]"
    }
}

extension SettingForm where Value == String {
    /// `https://` with a host, and a port if need be.
    static func origin(empty: String) -> SettingForm {
        let allowed = "`https://` with a host, and a port if need be; empty: \(empty)"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard !text.isEmpty else { return text }
            let rest = text.dropFirst("https://".count)
            guard text.hasPrefix("https://"), Authority(rest.utf8.span) != nil else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            return text
        } text: { yamlText($0) }
    }

    /// A host name or an address, without a port and without brackets.
    static func authorityHost(empty: String) -> SettingForm {
        let allowed = "a host name or an IP address; empty: \(empty)"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            let written = text.contains(":") ? "[\(text)]" : text
            guard text.isEmpty || Authority(written.utf8.span) != nil else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            return text
        } text: { yamlText($0) }
    }
}
