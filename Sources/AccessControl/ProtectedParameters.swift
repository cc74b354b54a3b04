import HTTPWire

/// Refuses queries that would find out a protected value by asking: a filter says whether it matches, an order says
/// which is larger.
struct ProtectedParameters: Sendable {
    /// Bit n of a rule mask: the field's name, in lower case.
    private let fields: [[UInt8]]
    /// Per operation, the parameters that its description has; nil where none is known.
    private let described: [[[UInt8]]?]

    init(fields: [String], operations: [Operation]) {
        self.fields = fields.map { $0.utf8.map(TargetBytes.lowercased) }
        described = operations.map { $0.query.map { $0.map { Array($0.utf8) } } }
    }

    /// Why the target must not reach the appliance on behalf of a caller whom the rules of `protected` hide fields
    /// from; nil when it may.
    ///
    /// Names count decoded, in any case, and wherever they stand in a parameter's name (`q[secret_key_cont]`,
    /// `cloud_connector.secret_key`) or in a value that may name attributes: those of `sort_by`, and of parameters
    /// that no description has. A described filter's own value is a literal.
    func refusal(of target: CanonicalTarget, to operation: OperationIndex, protected: UInt64) -> ReasonCode? {
        guard protected != 0, target.parameterCount > 0 else { return nil }
        let known = described[Int(operation.rawValue)]
        for index in 0..<target.parameterCount {
            let parameter = target.parameter(index)
            if namesField(target, parameter.name, protected) { return .protectedField }
            var isLiteral = false
            if let known {
                guard known.contains(where: { target.spells($0, in: parameter.name) }) else { return .unknownParameter }
                isLiteral = !target.spells(Self.sortBy, in: parameter.name)
            }
            if !isLiteral && namesField(target, parameter.value, protected) { return .protectedField }
        }
        return nil
    }

    private static let sortBy = Array("sort_by".utf8)

    private func namesField(_ target: CanonicalTarget, _ range: ByteRange, _ protected: UInt64) -> Bool {
        for (bit, field) in fields.enumerated() where protected >> UInt64(bit) & 1 != 0 {
            if target.mentions(field, in: range) { return true }
        }
        return false
    }
}
