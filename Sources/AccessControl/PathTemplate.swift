/// A path of the appliance's description: literal segments and parameters.
package struct PathTemplate: Hashable, Sendable, CustomStringConvertible {
    package enum Segment: Hashable, Sendable {
        /// Letters, digits, `_` and `-`; a single `-` is a literal like any other.
        case literal(String)
        /// The name between braces.
        case parameter(String)

        var isLiteral: Bool {
            switch self {
            case .literal: true
            case .parameter: false
            }
        }
    }

    package static let maximumSegments = 12

    package let segments: [Segment]

    /// Reads `/cloud_connectors/{cloud_connector_id}`.
    ///
    /// - Returns: nil for anything else: no leading slash, empty segments, other characters, more than
    ///   `maximumSegments` segments.
    package init?(_ text: String) {
        guard text.first == "/" else { return nil }
        var segments: [Segment] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = PathTemplate.segment(part) else { return nil }
            segments.append(segment)
        }
        guard segments.count <= PathTemplate.maximumSegments else { return nil }
        self.segments = segments
    }

    package var parameterCount: Int { segments.count { !$0.isLiteral } }

    package var description: String {
        segments.map { segment in
            switch segment {
            case .literal(let text): "/\(text)"
            case .parameter(let name): "/{\(name)}"
            }
        }.joined()
    }

    private static func segment(_ text: Substring) -> Segment? {
        guard text.first == "{" else { return isLabel(text) ? .literal(String(text)) : nil }
        let name = text.dropFirst().dropLast()
        guard text.last == "}", isLabel(name) else { return nil }
        return .parameter(String(name))
    }

    static func isLabel(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy {
                $0 == 0x5F || $0 == 0x2D || (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0)
                    || (0x30...0x39).contains($0)
            }
    }
}
