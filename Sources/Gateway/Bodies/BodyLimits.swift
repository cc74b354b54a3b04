import AccessControl
import Settings

/// How long a request's body may be, by operation.
package struct BodyLimits: Sendable {
    private let limits: [UInt64]

    /// - Throws: A scope that no operation needs: its limit would bound nothing.
    package init(_ settings: Settings, _ operations: OperationTable) throws(GatewayError) {
        var limits = [UInt64](repeating: settings.limits.body, count: operations.operations.count)
        for (index, body) in settings.limits.bodies.enumerated() {
            let places = operations.operations.indices.filter { operations.operations[$0].scope == body.scope }
            guard !places.isEmpty else {
                throw .operations("`limits.bodies[\(index)].scope`: no operation needs the scope \(body.scope)")
            }
            for place in places { limits[place] = body.bytes }
        }
        self.limits = limits
    }

    subscript(operation: OperationIndex) -> UInt64 { limits[Int(operation.rawValue)] }
}
