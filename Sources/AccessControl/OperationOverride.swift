import HTTPWire

/// A scope that the operator gives to an operation of the appliance that has none, or whose path the description
/// does not have.
package struct OperationOverride: Hashable, Sendable {
    package let method: Method
    package let template: PathTemplate
    package let scope: Scope

    /// - Returns: nil when the method cannot name an operation (HEAD goes with its GET).
    package init?(method: Method, template: PathTemplate, scope: Scope) {
        guard MethodSet.routable.contains(method) else { return nil }
        self.method = method
        self.template = template
        self.scope = scope
    }

    /// The operation of a path that the description does not have: JSON both ways, ids of any kind.
    fileprivate var operation: Operation? {
        let takesBody = method == .post || method == .put || method == .patch
        return Operation(
            method: method, template: template, id: "\(method.name) \(template)", scope: scope,
            request: takesBody ? .json : [], identifiers: Array(repeating: .name, count: template.parameterCount))
    }
}

extension Operation {
    /// Bit n: segment n of the template is a parameter that takes whole numbers only.
    var integerSegments: UInt16 {
        var mask: UInt16 = 0
        var parameter = 0
        for (index, segment) in template.segments.enumerated() where !segment.isLiteral {
            if identifiers[parameter] == .integer { mask |= 1 << UInt16(index) }
            parameter += 1
        }
        return mask
    }

    /// The same with another scope. It stays sensitive if it was.
    fileprivate func with(scope: Scope) -> Operation? {
        Operation(
            method: method, template: template, id: id, scope: scope, explicitScope: explicitScope,
            isSensitive: isSensitive, request: request, response: response, identifiers: identifiers, query: query)
    }

    var name: String { "\(method.name) \(template)" }
}

extension OperationTable {
    static func apply(
        _ overrides: [OperationOverride], to operations: [Operation]
    ) throws(OperationTableError) -> [Operation] {
        var all = operations
        for override in overrides {
            let place = all.firstIndex { $0.method == override.method && $0.template.isSameShape(override.template) }
            if let place {
                if let operation = all[place].with(scope: override.scope) { all[place] = operation }
            } else if let operation = override.operation {
                all.append(operation)
            }
        }
        guard all.count <= maximumOperations else { throw .tooManyOperations(all.count) }
        return all
    }

    /// Refuses what a router could only resolve by order.
    static func check(_ operations: [Operation]) throws(OperationTableError) {
        var ids: Set<String> = []
        for operation in operations where !ids.insert(operation.id).inserted { throw .duplicateID(operation.id) }
        for (index, first) in operations.enumerated() {
            for second in operations[..<index] where first.isAmbiguous(with: second) {
                throw .ambiguous(second.name, first.name)
            }
        }
    }
}

extension Operation {
    /// The same method, and some path that matches both without one being the more literal throughout.
    package func isAmbiguous(with other: Operation) -> Bool {
        method == other.method && template.isAmbiguous(with: other.template)
    }
}

extension PathTemplate {
    /// Equal but for the names of parameters.
    func isSameShape(_ other: PathTemplate) -> Bool {
        segments.count == other.segments.count
            && zip(segments, other.segments).allSatisfy { pair in
                switch pair {
                case (.literal(let left), .literal(let right)): left == right
                case (.parameter, .parameter): true
                case (.literal, .parameter), (.parameter, .literal): false
                }
            }
    }

    /// Some path matches both, and neither is the more literal one wherever they differ.
    func isAmbiguous(with other: PathTemplate) -> Bool {
        guard segments.count == other.segments.count else { return false }
        var isMoreLiteral = false
        var isLessLiteral = false
        for pair in zip(segments, other.segments) {
            switch pair {
            case (.literal(let left), .literal(let right)): if left != right { return false }
            case (.parameter, .parameter): break
            // No id is `-`, so nothing matches both.
            case (.literal("-"), .parameter), (.parameter, .literal("-")): return false
            case (.literal, .parameter): isMoreLiteral = true
            case (.parameter, .literal): isLessLiteral = true
            }
        }
        return isMoreLiteral == isLessLiteral
    }
}
