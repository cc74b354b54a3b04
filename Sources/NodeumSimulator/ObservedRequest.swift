/// What the simulator saw of one request and did about it.
package struct ObservedRequest: Sendable {
    /// Counts from 1 in the order of the answers.
    package let sequence: Int
    /// The serial number of the connection, from 1; 0 when the appliance was asked without a server.
    package let connection: Int
    /// As sent.
    package let method: String
    /// After method override.
    package let effectiveMethod: String
    /// Every byte between the two spaces of the request line.
    package let target: [UInt8]
    package let fields: [SimulatedField]
    package let bodyCount: UInt64
    /// SHA-256 in lower-case hexadecimal; empty for an empty body or when the appliance was asked without a server.
    package let bodyDigest: String
    /// The start of the body, up to ``SimulatorLimits/observedBody``.
    package let body: [UInt8]
    /// `controller#action` as routed; nil when no route matched.
    package let action: String?
    /// False when the credential was refused, no route matched or a scenario answered.
    package let ran: Bool
    package let status: Int
    /// Path, query and body merged as Rails merges them.
    package let parameters: JSONValue

    package var targetText: String { String(decoding: target, as: UTF8.self) }

    /// The values of a field, compared as HTTP does, without regard to case.
    package func values(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name.lowercased() == wanted }.map(\.text)
    }
}
