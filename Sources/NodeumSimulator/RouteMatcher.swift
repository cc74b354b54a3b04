/// The route that Rails would take.
struct MatchedRoute: Sendable {
    let controller: String
    let action: String
    /// Path parameters by name, still percent-encoded, in order.
    let captures: [(name: String, value: [UInt8])]
    /// `json` of `/cloud_connectors.json`, still percent-encoded.
    let format: [UInt8]?

    var name: String { "\(controller)#\(action)" }
}

/// Matches paths as Rails does: on the raw bytes, decoding nothing.
struct RouteMatcher: Sendable {
    private enum Segment {
        case literal([UInt8])
        case parameter(String)
    }

    private struct Route {
        let segments: [Segment]
        let controller: String
        let actions: [(method: String, action: String)]
    }

    private static let prefix = ["api", "v2"].map { Segment.literal(Array($0.utf8)) }

    private let routes: [Route]

    init(_ table: String = routeTable) {
        routes = table.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            let segments = words[0].split(separator: "/").map { segment in
                segment.hasPrefix(":") ? Segment.parameter(String(segment.dropFirst())) : .literal(Array(segment.utf8))
            }
            let actions = words.dropFirst(2).map { word in
                let parts = word.split(separator: "=")
                return (method: String(parts[0]), action: String(parts[1]))
            }
            return Route(segments: Self.prefix + segments, controller: String(words[1]), actions: actions)
        }
    }

    /// Every route as method, template and action, for tests.
    var all: [(method: String, template: String, action: String)] {
        routes.flatMap { route in
            let template = route.segments.map { segment in
                switch segment {
                case .literal(let bytes): bytes.asText
                case .parameter(let name): ":" + name
                }
            }.joined(separator: "/")
            return route.actions.map { ($0.method, "/" + template, "\(route.controller)#\($0.action)") }
        }
    }

    /// Journey's `normalize_path`: runs of slashes are one, one slash at the end goes.
    static func squeezed(_ path: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x2f]
        for byte in path where !(byte == 0x2f && out.last == 0x2f) { out.append(byte) }
        if out.count > 1, out.last == 0x2f { out.removeLast() }
        return out
    }

    func match(method: String, path: [UInt8]) -> MatchedRoute? {
        let segments = Self.squeezed(path).split(separator: 0x2f, omittingEmptySubsequences: true).map(Array.init)
        for route in routes {
            guard let action = Self.action(of: route, for: method),
                let (captures, format) = Self.capture(route.segments, segments)
            else { continue }
            return MatchedRoute(controller: route.controller, action: action, captures: captures, format: format)
        }
        return nil
    }

    /// HEAD runs what GET runs; a resource's `update` answers PATCH as well as PUT.
    private static func action(of route: Route, for method: String) -> String? {
        switch method {
        case "HEAD": route.actions.first { $0.method == "GET" }?.action
        case "PATCH": route.actions.first { $0.method == "PUT" && $0.action == "update" }?.action
        default: route.actions.first { $0.method == method }?.action
        }
    }

    private static func capture(
        _ pattern: [Segment], _ segments: [[UInt8]]
    ) -> (captures: [(name: String, value: [UInt8])], format: [UInt8]?)? {
        guard pattern.count == segments.count else { return nil }
        var captures: [(name: String, value: [UInt8])] = []
        var format: [UInt8]?
        for (index, (wanted, raw)) in zip(pattern, segments).enumerated() {
            // `(.:format)` may follow the last segment; neither an id nor a format holds a literal dot.
            var segment = raw
            if index == pattern.count - 1, let dot = raw.firstIndex(of: UInt8(ascii: ".")) {
                segment = Array(raw[..<dot])
                let suffix = Array(raw[(dot + 1)...])
                guard !suffix.isEmpty, !suffix.contains(UInt8(ascii: ".")), !suffix.contains(UInt8(ascii: "?"))
                else { return nil }
                format = suffix
            }
            switch wanted {
            case .literal(let literal):
                guard segment == literal else { return nil }
            case .parameter(let name):
                guard !segment.isEmpty, !segment.contains(UInt8(ascii: ".")), !segment.contains(UInt8(ascii: "?"))
                else { return nil }
                captures.append((name, segment))
            }
        }
        return (captures, format)
    }
}
