import AccessControl
import HTTPWire

/// What a described table of operations changes against the one in use.
package struct OperationsDifference: Sendable, Equatable, Encodable {
    package struct Change: Sendable, Equatable, Encodable {
        package let method: String
        package let path: String
        package let id: String
        /// `controller/action`; nil where none is stated.
        package let scope: String?
        /// What it was before; only of changed operations.
        package let previousScope: String?
        package let explicitScope: String?
        package let previousExplicitScope: String?

        init(_ operation: Operation, before: Operation? = nil) {
            method = operation.method.name.description
            path = operation.template.description
            id = operation.id
            scope = operation.scope?.description
            previousScope = before?.scope?.description
            explicitScope = operation.explicitScope?.description
            previousExplicitScope = before?.explicitScope?.description
        }
    }

    /// Operations that the table in use does not have.
    package private(set) var new: [Change] = []
    /// Operations that only the table in use has.
    package private(set) var gone: [Change] = []
    /// Operations that need another scope than before.
    package private(set) var changedScope: [Change] = []
    /// Operations whose secrets another scope unlocks than before.
    package private(set) var changedExplicitScope: [Change] = []
    /// Described operations that state no scope: no key may run them unless the settings map them.
    package private(set) var withoutScope: [Change] = []

    /// Operations are the same when method and path are, whatever the parameters are called.
    package init(from current: [Operation], to described: [Operation]) {
        let before = Dictionary(current.map { (Self.place($0), $0) }) { first, _ in first }
        let places = Set(described.map(Self.place))
        for operation in described {
            if operation.scope == nil { withoutScope.append(Change(operation)) }
            guard let known = before[Self.place(operation)] else {
                new.append(Change(operation))
                continue
            }
            if known.scope != operation.scope { changedScope.append(Change(operation, before: known)) }
            if known.explicitScope != operation.explicitScope {
                changedExplicitScope.append(Change(operation, before: known))
            }
        }
        gone = current.filter { !places.contains(Self.place($0)) }.map { Change($0) }
    }

    /// Nothing that a key could notice.
    package var isEmpty: Bool {
        new.isEmpty && gone.isEmpty && changedScope.isEmpty && changedExplicitScope.isEmpty
    }

    /// For people: a heading with a number for each kind of change, then the operations.
    package var text: String {
        var lines = section("new", new) { Self.scopes($0) }
        lines += section("gone", gone) { Self.scopes($0) }
        lines += section("changed scope", changedScope) { "\($0.previousScope ?? "none") -> \($0.scope ?? "none")" }
        lines += section("changed explicit scope", changedExplicitScope) { change in
            "\(change.previousExplicitScope ?? "none") -> \(change.explicitScope ?? "none")"
        }
        lines += section("no scope stated, denied to every key", withoutScope) { _ in "" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One object, keys in alphabetical order.
    package var json: String { sortedJSON }

    private func section(_ title: String, _ changes: [Change], _ remark: (Change) -> String) -> [String] {
        ["\(title): \(changes.isEmpty ? "none" : String(changes.count))"] + changes.map { change in
            let remark = remark(change)
            return "  \(change.method) \(change.path)" + (remark.isEmpty ? "" : "  \(remark)")
        }
    }

    private static func scopes(_ change: Change) -> String {
        (change.scope ?? "no scope") + (change.explicitScope.map { " + \($0)" } ?? "")
    }

    /// Method and path with nameless parameters.
    private static func place(_ operation: Operation) -> String {
        let segments = operation.template.segments.map { segment in
            switch segment {
            case .literal(let text): text
            case .parameter: "{}"
            }
        }
        return "\(operation.method.name) /\(segments.joined(separator: "/"))"
    }
}
