import AccessControl
import HTTPWire

/// Host and port of the appliance.
struct UpstreamAddress: Sendable, Equatable {
    /// Without the brackets of IPv6.
    var host: String
    var port: UInt16
    var isTLS = false
}

extension SettingForm where Value == String {
    /// An address to listen on. Names are resolved later, at start.
    static var listenAddress: SettingForm { listenAddress(empty: nil) }

    /// The same where there need not be one.
    static func listenAddress(empty: String?) -> SettingForm {
        let allowed = "an address with a port: `127.0.0.1:8080`, `[::1]:8080`, `name:8080` or `*:8080`"
            + (empty.map { "; empty: \($0)" } ?? "")
        return SettingForm(allowed) { text throws(ValueRefusal) in
            if text.isEmpty, empty != nil { return text }
            let plain = text.hasPrefix("*:") ? "any" + text.dropFirst() : text
            guard let authority = Authority(plain.utf8.span), authority.port != nil else {
                if let port = UInt16(text), port > 0 {
                    throw ValueRefusal("\(quoted(text)) is not \(allowed)", suggestion: "127.0.0.1:\(port)")
                }
                if !text.contains(where: { $0 == ":" }) {
                    throw ValueRefusal("\(quoted(text)) has no port; allowed is \(allowed)")
                }
                // Port 0 lets the system choose one: for tests and demonstrations.
                if plain.hasSuffix(":0"), Authority((plain.dropLast() + "1").utf8.span) != nil { return text }
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            return text
        } text: { yamlText($0) }
    }

    /// The Host field's value.
    static func authority(empty: String) -> SettingForm {
        let allowed = "a host name, with a port if need be; empty: \(empty)"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard text.isEmpty || Authority(text.utf8.span) != nil else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            return text
        } text: { yamlText($0) }
    }

    static var prefix: SettingForm {
        let allowed = "a path like `/api/v2`; `/` for an API at the root"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            guard let prefix = APIPrefix(text), !text.isEmpty else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            return prefix.text
        } text: { $0.isEmpty ? "/" : yamlText($0) }
    }
}

extension SettingForm where Value == UpstreamAddress {
    /// `http://host:port` or `https://host:port`, nothing behind it.
    static var url: SettingForm {
        let allowed = "`http://` or `https://` with a host and a port, such as `https://nodeum.example:443`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            // A name and password in a URL are not repeated in a message.
            guard !text.contains(where: { $0 == "@" }) else {
                throw ValueRefusal("a URL with a user or a password is not taken; set `upstream.credential` instead")
            }
            let lower = text.lowercased()
            let isTLS = lower.hasPrefix("https://")
            guard isTLS || lower.hasPrefix("http://") else {
                let isAddress = Authority(text.utf8.span) != nil
                throw ValueRefusal("\(quoted(text)) is not \(allowed)", suggestion: isAddress ? "http://\(text)" : nil)
            }
            var rest = text.dropFirst((isTLS ? "https://" : "http://").count)
            if rest.last == "/" { rest.removeLast() }
            guard !rest.contains(where: { $0 == "/" || $0 == "?" || $0 == "#" }) else {
                throw ValueRefusal(
                    "\(quoted(text)) has a path; the API's path is `operations.prefix`", suggestion: origin(rest, isTLS))
            }
            guard let authority = Authority(rest.utf8.span) else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            let utf8 = rest.utf8
            let end = utf8.index(utf8.startIndex, offsetBy: authority.host.count)
            var host = String(rest[..<end])
            if host.hasPrefix("[") { host = String(host.dropFirst().dropLast()) }
            return UpstreamAddress(host: host, port: authority.port ?? (isTLS ? 443 : 80), isTLS: isTLS)
        } text: { ($0.isTLS ? "https://" : "http://") + ($0.host.contains(":") ? "[\($0.host)]" : $0.host) + ":\($0.port)" }
    }

    private static func origin(_ rest: Substring, _ isTLS: Bool) -> String? {
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return Authority(host.utf8.span) == nil ? nil : (isTLS ? "https://" : "http://") + host
    }
}

extension SettingForm where Value == [IPNetwork] {
    /// Addresses and networks, as a YAML list or separated by commas.
    static var networks: SettingForm {
        let allowed = "a list of addresses and networks: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            var networks: [IPNetwork] = []
            for part in parts(text) {
                guard let network = IPNetwork(part) else {
                    throw ValueRefusal("\(quoted(part)) is no address and no network; allowed is \(allowed)")
                }
                networks.append(network)
            }
            return networks
        } text: { "[\($0.map(\.description).map { SettingForm<String>.yamlText($0) }.joined(separator: ", "))]" }
    }
}

extension SettingForm where Value == [String] {
    /// Origins (RFC 6454 section 6.2), as a YAML list or separated by commas.
    static var origins: SettingForm {
        let allowed = "a list of origins: `https://console.example`, `http://localhost:3000`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            let origins = parts(text)
            for origin in origins {
                let rest = ["https://", "http://"].first { origin.hasPrefix($0) }.map { origin.dropFirst($0.count) }
                guard let rest, Authority(rest.utf8.span) != nil, rest == rest.lowercased() else {
                    throw ValueRefusal("\(quoted(origin)) is no origin: scheme and host in lower case, nothing behind them")
                }
            }
            return origins
        } text: { "[\($0.map { SettingForm<String>.yamlText($0) }.joined(separator: ", "))]" }
    }
}

/// The parts of a list on one line, without the blanks around them.
func parts(_ text: String) -> [String] {
    if text == "[]" { return [] }
    return text.split(separator: ",").map { part in
        String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }.filter { !$0.isEmpty }
}
