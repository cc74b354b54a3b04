/// The right to run one action of one controller, as the appliance's description states it:
/// `**API Key Scope**: CONTROLLER / ACTION`.
package struct Scope: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let controller: String
    package let action: String

    /// - Returns: nil when a part is empty, longer than 64 bytes or holds anything but `a-z`, `0-9` and `_`.
    package init?(controller: String, action: String) {
        guard Scope.isName(controller), Scope.isName(action) else { return nil }
        self.controller = controller
        self.action = action
    }

    /// Reads `controller/action`; blanks around the slash are the description's own spelling and allowed.
    package init?(_ text: String) {
        guard let parts = Scope.parts(text) else { return nil }
        self.init(controller: parts.controller, action: parts.action)
    }

    package var description: String { "\(controller)/\(action)" }

    package static func < (left: Scope, right: Scope) -> Bool {
        (left.controller, left.action) < (right.controller, right.action)
    }

    static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        return !bytes.isEmpty && bytes.count <= 64
            && bytes.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    static func parts(_ text: String) -> (controller: String, action: String)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return (trimmed(parts[0]), trimmed(parts[1]))
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}

/// What a grant or a denial of a key covers: one scope, or every scope that a `*` stands for.
///
/// A wildcard in a *grant* never covers explicit scopes or scopes of sensitive operations; those need a grant of
/// exactly that scope. A wildcard in a *denial* covers everything it matches.
package struct ScopePattern: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// A controller name or `*`.
    package let controller: String
    /// An action name or `*`.
    package let action: String

    /// - Returns: nil when a part is neither `*` nor a name.
    package init?(controller: String, action: String) {
        guard controller == "*" || Scope.isName(controller), action == "*" || Scope.isName(action) else { return nil }
        self.controller = controller
        self.action = action
    }

    /// Reads `controller/action`, where either may be `*`.
    package init?(_ text: String) {
        guard let parts = Scope.parts(text) else { return nil }
        self.init(controller: parts.controller, action: parts.action)
    }

    package init(_ scope: Scope) {
        controller = scope.controller
        action = scope.action
    }

    /// No wildcard: the pattern is one scope.
    package var isExact: Bool { controller != "*" && action != "*" }

    package func matches(_ scope: Scope) -> Bool {
        (controller == "*" || controller == scope.controller) && (action == "*" || action == scope.action)
    }

    package var description: String { "\(controller)/\(action)" }

    package static func < (left: ScopePattern, right: ScopePattern) -> Bool {
        (left.controller, left.action) < (right.controller, right.action)
    }
}
