import HTTPWire

/// The place of a scope in `OperationTable.scopes`.
package struct ScopeIndex: Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }
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
package enum OperationTableError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooManyOperations(Int)
    case duplicateID(String)
    /// Two operations with the same method match a common path, and neither is the more literal one throughout.
    case ambiguous(String, String)

    package var description: String {
        switch self {
        case .tooManyOperations(let count):
            "\(count) operations are more than the \(OperationTable.maximumOperations) that a table holds"
        case .duplicateID(let id): "the operation id \(id) is used twice"
        case .ambiguous(let first, let second):
            "\(first) and \(second) match a common path with the same method; remove one of them"
        }
    }
}

/// The compiled, immutable router and scope list.
package final class OperationTable: Sendable {
    package static let maximumOperations = 4096

    package let operations: [Operation]
    /// Every scope that an operation needs or unlocks, sorted; its place here is its bit in a key's bitset.
    package let scopes: [Scope]
    /// Bit n: scope n needs a grant of exactly itself (explicit scopes, scopes of sensitive operations).
    let exactOnly: [Bool]
    /// Per operation, what routing and deciding look at.
    private let entries: [Entry]
    private let trie: RouteTrie
    /// Five places per node of the trie, by `OperationTable.place`.
    private let targets: [UInt16]
    private let methods: [MethodSet]

    struct Entry {
        /// `noScope`: nobody may run it.
        var scope: UInt16
        /// Bit n: segment n below the prefix must be a whole number.
        var integers: UInt16
    }

    static let noScope = UInt16.max
    private static let noOperation = UInt16.max
    private static let places = 5

    /// - Parameters:
    ///   - overrides: scopes for operations that have none, and routes that the description does not have.
    ///   - patchRunsUpdate: PATCH runs the `update` operation of the same path, as Rails does; otherwise it is not a
    ///     method of any path.
    package init(
        _ operations: [Operation], overrides: [OperationOverride] = [], patchRunsUpdate: Bool = false
    ) throws(OperationTableError) {
        let all = try OperationTable.apply(overrides, to: operations)
        try OperationTable.check(all)
        let scopes = Set(all.compactMap(\.scope) + all.compactMap(\.explicitScope)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: scopes.enumerated().map { ($1, UInt16($0)) })
        let exact = Set(all.filter(\.isSensitive).compactMap(\.scope) + all.compactMap(\.explicitScope))
        var trie = RouteTrie()
        let nodes = all.map { trie.insert($0.template) }
        var targets = [UInt16](repeating: OperationTable.noOperation, count: trie.nodeCount * OperationTable.places)
        var methods = [MethodSet](repeating: [], count: trie.nodeCount)
        for (index, operation) in all.enumerated() {
            var names = MethodSet(operation.method)
            if operation.method == .get { names.insert(MethodSet(.head)) }
            if patchRunsUpdate, operation.method == .put, operation.scope?.action == "update" {
                names.insert(MethodSet(.patch))
            }
            let node = nodes[index]
            methods[node].formUnion(names)
            for method in Method.allCases where names.contains(method) {
                guard let place = OperationTable.place(method) else { continue }
                let slot = node * OperationTable.places + place
                // A PATCH of the description's own goes before an update by PATCH.
                if method == operation.method || targets[slot] == OperationTable.noOperation {
                    targets[slot] = UInt16(index)
                }
            }
        }
        self.operations = all
        self.scopes = scopes
        exactOnly = scopes.map(exact.contains)
        entries = all.map { operation in
            Entry(
                scope: operation.scope.flatMap { numbers[$0] } ?? OperationTable.noScope,
                integers: operation.integerSegments)
        }
        self.trie = trie
        self.targets = targets
        self.methods = methods
    }

    package subscript(index: OperationIndex) -> Operation { operations[Int(index.rawValue)] }
    package subscript(index: ScopeIndex) -> Scope { scopes[Int(index.rawValue)] }

    /// The controller of the operation's scope; nil for an operation without one.
    package func controller(of index: OperationIndex) -> String? { operations[Int(index.rawValue)].scope?.controller }

    /// The operation with that id; not for the hot path.
    package func index(id: String) -> OperationIndex? {
        operations.firstIndex { $0.id == id }.map { OperationIndex(rawValue: UInt16($0)) }
    }

    package func index(of scope: Scope) -> ScopeIndex? {
        scopes.firstIndex(of: scope).map { ScopeIndex(rawValue: UInt16($0)) }
    }

    /// Only a grant of exactly this scope gives it.
    package func needsExactGrant(_ scope: Scope) -> Bool {
        index(of: scope).map { exactOnly[Int($0.rawValue)] } ?? false
    }

    func entry(_ index: OperationIndex) -> Entry { entries[Int(index.rawValue)] }

    /// The operation of `method` on a target that has been parsed. HEAD runs its GET. The rest, OPTIONS included, is
    /// not a method of any path.
    package func route(_ method: Method, _ target: CanonicalTarget) -> Route {
        switch target.walk(trie) {
        case .nowhere: return unknown(target)
        case .unknownSuffix: return .refused(.formatSuffix)
        case .node(let node, let integers):
            guard !methods[node].isEmpty else { return unknown(target) }
            guard let place = OperationTable.place(method) else { return .methodNotAllowed(methods[node]) }
            let index = targets[node &* OperationTable.places &+ place]
            guard index != OperationTable.noOperation else { return .methodNotAllowed(methods[node]) }
            let wanted = entries[Int(index)].integers
            guard wanted & integers == wanted else { return .refused(.identifierNotInteger) }
            return .operation(OperationIndex(rawValue: index))
        }
    }

    /// No operation; where one would have been if an id could be `-`, the client is told so.
    @inline(never)
    private func unknown(_ target: CanonicalTarget) -> Route {
        guard case .node(let node, _) = target.walk(trie, takesDash: true), !methods[node].isEmpty else { return .unknown }
        return .refused(.dashIdentifier)
    }

    @inline(__always)
    private static func place(_ method: Method) -> Int? {
        switch method {
        case .get, .head: 0
        case .post: 1
        case .put: 2
        case .patch: 3
        case .delete: 4
        case .options, .trace, .connect, .unknown: nil
        }
    }
}
