/// One field of a message, as it was on the wire.
package struct SimulatedField: Sendable, Equatable {
    package var name: String
    package var value: [UInt8]

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = Array(value.utf8)
    }

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        value = bytes
    }

    /// The value as text; bytes that are not UTF-8 become U+FFFD.
    package var text: String { String(decoding: value, as: UTF8.self) }
}

/// A request as the appliance received it. Nothing is decoded.
package struct SimulatedRequest: Sendable {
    package var method: String
    /// The request target with every byte that was between the two spaces of the request line.
    package var target: [UInt8]
    package var fields: [SimulatedField]
    /// The start of the body, up to ``SimulatorLimits/parameterBody``.
    package var body: [UInt8]
    /// How long the body was, without its framing.
    package var bodyCount: UInt64
    /// SHA-256 of the whole body in lower-case hexadecimal; empty for an empty body.
    package var bodyDigest: String
    /// The serial number of the connection, from 1; 0 when there is none.
    package var connection: Int

    package init(
        method: String, target: [UInt8], fields: [SimulatedField] = [], body: [UInt8] = [], bodyCount: UInt64? = nil,
        bodyDigest: String = "", connection: Int = 0
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.bodyCount = bodyCount ?? UInt64(body.count)
        self.bodyDigest = bodyDigest
        self.connection = connection
    }

    package init(_ method: String, _ target: String, fields: [SimulatedField] = [], body: String = "") {
        self.init(method: method, target: Array(target.utf8), fields: fields, body: Array(body.utf8))
    }

    /// The target as text; bytes that are not UTF-8 become U+FFFD.
    package var targetText: String { String(decoding: target, as: UTF8.self) }
}

/// What the appliance answers. The server adds the framing.
package struct SimulatedResponse: Sendable {
    package var status: Int
    package var fields: [SimulatedField]
    package var body: [UInt8]
    /// `controller#action` as routed, whether or not it was allowed to run; nil when no route matched.
    package var action: String?

    package init(status: Int, fields: [SimulatedField] = [], body: [UInt8] = [], action: String? = nil) {
        self.status = status
        self.fields = fields
        self.body = body
        self.action = action
    }

    package func first(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.text
    }
}
