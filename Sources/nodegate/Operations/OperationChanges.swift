import AccessControl
import HTTPWire

/// What an imported table changes against the current one.
struct OperationChanges {
    struct Change: Encodable {
        let method: String
        let path: String
        let id: String
        /// `controller/action`; absent where there is none.
        let scope: String?
        /// What it was before; only of changed operations.
        let previousScope: String?
        let explicitScope: String?
        let previousExplicitScope: String?

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

    /// Operations that the current table does not have.
    var new: [Change] = []
    /// Operations that only the current table has.
    var gone: [Change] = []
    /// Operations whose scope or explicit scope differs.
    var changed: [Change] = []
    /// Operations of the imported table that state no scope: no key may run them unless the configuration maps them.
    var withoutScope: [Change] = []

    /// Operations are the same when method and path are, whatever the parameters are called.
    init(current: [Operation], imported: [Operation]) {
        let before = Dictionary(current.map { (Self.place($0), $0) }, uniquingKeysWith: { first, _ in first })
        let places = Set(imported.map(Self.place))
        for operation in imported {
            if operation.scope == nil { withoutScope.append(Change(operation)) }
            guard let known = before[Self.place(operation)] else {
                new.append(Change(operation))
                continue
            }
            if known.scope != operation.scope || known.explicitScope != operation.explicitScope {
                changed.append(Change(operation, before: known))
            }
        }
        gone = current.filter { !places.contains(Self.place($0)) }.map { Change($0) }
    }

    private static func place(_ operation: Operation) -> String {
        let path = operation.template.segments.map { segment in
            switch segment {
            case .literal(let text): text
            case .parameter: "{}"
            }
        }
        return "\(operation.method.name) /\(path.joined(separator: "/"))"
    }
}
