import HTTPWire

extension SettingForm where Value == Settings.ExportTarget? {
    /// `file:PATH`, `udp://host:port` and so on.
    static var exportTarget: SettingForm {
        let allowed = "`file:PATH`, `udp://host:port`, `tcp://host:port`, `tls://host:port`, `http://host:port/path` or "
            + "`https://host:port/path`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            // A name and password in a URL are not repeated in a message.
            guard !text.contains(where: { $0 == "@" }) || text.hasPrefix("file:") else {
                throw ValueRefusal("a target with a user or a password is not taken; allowed is \(allowed)")
            }
            if text.hasPrefix("file:") {
                let path = try SettingForm<String>.path().read(String(text.dropFirst("file:".count)))
                guard !path.hasPrefix("//") else {
                    throw ValueRefusal("\(quoted(text)): `file:` is followed by a path, not by a host")
                }
                return .file(path)
            }
            guard let scheme = ["udp", "tcp", "tls", "http", "https"].first(where: { text.hasPrefix($0 + "://") }) else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            let usual: UInt16? = switch scheme {
            case "http": 80
            case "https": 443
            case "tls": 6514 // RFC 5425 section 4.1
            default: nil
            }
            let rest = text.dropFirst(scheme.count + 3)
            let place = String(rest.prefix { $0 != "/" })
            let path = String(rest.dropFirst(place.count))
            let isVisible = path.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            guard let authority = Authority(place.utf8.span), path.isEmpty || scheme.hasPrefix("http"), isVisible else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed)")
            }
            guard let port = authority.port ?? usual else {
                throw ValueRefusal("\(quoted(text)) has no port; allowed is \(allowed)")
            }
            var host = String(place.prefix(authority.host.count))
            if host.hasPrefix("[") { host = String(host.dropFirst().dropLast()) }
            return switch scheme {
            case "udp": .udp(host: host, port: port)
            case "tcp": .tcp(host: host, port: port)
            case "tls": .tls(host: host, port: port)
            case "http": .http(host: host, port: port, path: path.isEmpty ? "/" : path)
            default: .https(host: host, port: port, path: path.isEmpty ? "/" : path)
            }
        } text: { $0.map { SettingForm<String>.yamlText($0.description) } ?? "" }
    }
}

extension Settings.ExportTarget: CustomStringConvertible {
    /// As in the settings file.
    package var description: String {
        switch self {
        case .file(let path): "file:" + path
        case .udp(let host, let port): "udp://" + Self.authority(host, port)
        case .tcp(let host, let port): "tcp://" + Self.authority(host, port)
        case .tls(let host, let port): "tls://" + Self.authority(host, port)
        case .http(let host, let port, let path): "http://" + Self.authority(host, port) + path
        case .https(let host, let port, let path): "https://" + Self.authority(host, port) + path
        }
    }

    /// Where the connection goes; nil for a file.
    package var host: String? {
        switch self {
        case .file: nil
        case .udp(let host, _), .tcp(let host, _), .tls(let host, _), .http(let host, _, _), .https(let host, _, _): host
        }
    }

    private static func authority(_ host: String, _ port: UInt16) -> String {
        (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }
}
