import HTTPWire

/// A route or scope that the operator adds to the appliance's description.
package struct OperationOverride: Hashable, Sendable {
    package let method: Method
    package let template: PathTemplate
    package let scope: Scope

    package init(method: Method, template: PathTemplate, scope: Scope) {
        self.method = method
        self.template = template
        self.scope = scope
    }
}

/// What a target and a method lead to.
package enum Route: Equatable, Sendable {
    case operation(OperationIndex)
    /// The path is known, the method is not one of it; these are.
    case methodNotAllowed(MethodSet)
    case unknown
    /// The target has no canonical form, or an id at its place cannot be carried.
    case refused(TargetRefusal)
}

/// Why operations cannot be compiled into one table.
package enum OperationTableError: Error, Equatable, Sendable {
    case tooManyOperations(Int)
    case tooManyScopes(Int)
    case duplicateID(String)
    /// Two operations with the same method match the same path and neither is the more literal one throughout.
    case ambiguous(String, String)
}

/// The compiled, immutable router and scope list.
package final class OperationTable: Sendable {
    package let operations: [Operation]
    /// Every scope that an operation needs or unlocks, sorted; its place here is its bit in a key's bitset.
    package let scopes: [Scope]

    package init(
        _ operations: [Operation], overrides: [OperationOverride] = [], patchRunsUpdate: Bool = false
    ) throws(OperationTableError) {
        self.operations = operations
        scopes = []
    }

    package subscript(index: OperationIndex) -> Operation { operations[Int(index.rawValue)] }

    /// The operation of `method` on a target that has been parsed. HEAD runs its GET.
    package func route(_ method: Method, _ target: CanonicalTarget) -> Route { .unknown }
}

/// The place of a scope in `OperationTable.scopes`.
package struct ScopeIndex: Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }
}
