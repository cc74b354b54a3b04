import HTTPWire

/// The place of an operation in its `OperationTable`. Only valid for the table that gave it.
package struct OperationIndex: Hashable, Sendable, Comparable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static func < (left: OperationIndex, right: OperationIndex) -> Bool { left.rawValue < right.rawValue }
}

/// Kinds of content that an operation takes or gives.
package struct MediaKinds: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// application/json in UTF-8.
    package static let json = MediaKinds(rawValue: 1)
    /// multipart/form-data: an upload of a file.
    package static let multipart = MediaKinds(rawValue: 2)
    /// application/octet-stream: a file as such.
    package static let octetStream = MediaKinds(rawValue: 4)
    /// Any content that is not JSON (responses only): archives, YAML.
    package static let file = MediaKinds(rawValue: 8)

    /// The words of the operations table, in the order they are written.
    package static let words: [(word: String, kind: MediaKinds)] = [
        ("json", .json), ("multipart", .multipart), ("octet-stream", .octetStream), ("file", .file),
    ]
}

/// What a path parameter may hold, by the appliance's description.
package enum IdentifierKind: String, Hashable, Sendable, CaseIterable {
    /// A whole number, nothing else.
    case integer
    /// A numeric id or a name.
    case name
    /// A numeric id, a serial number or a barcode, or a name.
    case serial
}

/// One operation of the appliance's API: a method on a path template, and what it takes to run it.
package struct Operation: Hashable, Sendable {
    /// get, post, put, patch or delete.
    package let method: Method
    /// The path below the API prefix: `/cloud_connectors/{cloud_connector_id}`.
    package let template: PathTemplate
    /// The operation id of the description; unique in a table.
    package let id: String
    /// What a key must hold; nil where the description states none, which denies the operation to everybody.
    package let scope: Scope?
    /// Unlocks a secret field in the response; never implied by another scope.
    package let explicitScope: Scope?
    /// Its scope needs a grant of exactly that scope: it mints credentials, carries scripts or gives away whole
    /// configurations.
    package let isSensitive: Bool
    /// The request bodies it takes; empty: none.
    package let request: MediaKinds
    package let response: MediaKinds
    /// One per parameter of the template, in order.
    package let identifiers: [IdentifierKind]
    /// The query parameters that it is described with; nil where none is known. Others are refused where they could
    /// find out what the caller may not see.
    package let query: [String]?

    /// - Returns: nil when `identifiers` does not fit the template or the method cannot name an operation.
    package init?(
        method: Method, template: PathTemplate, id: String, scope: Scope?, explicitScope: Scope? = nil,
        isSensitive: Bool = false, request: MediaKinds = [], response: MediaKinds = .json,
        identifiers: [IdentifierKind], query: [String]? = nil
    ) {
        guard identifiers.count == template.parameterCount, MethodSet.routable.contains(method), !id.isEmpty else {
            return nil
        }
        self.method = method
        self.template = template
        self.id = id
        self.scope = scope
        self.explicitScope = explicitScope
        self.isSensitive = isSensitive
        self.request = request
        self.response = response
        self.identifiers = identifiers
        self.query = query
    }
}

/// A set of methods.
package struct MethodSet: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package init(_ method: Method) { rawValue = 1 << UInt16(method.rawValue) }

    package func contains(_ method: Method) -> Bool { rawValue & (1 << UInt16(method.rawValue)) != 0 }

    /// The methods that an operation can have.
    package static let routable: MethodSet = [
        MethodSet(.get), MethodSet(.post), MethodSet(.put), MethodSet(.patch), MethodSet(.delete),
    ]

    /// Appends the value of an Allow field: `GET, HEAD, PUT`.
    @discardableResult
    package func emit(into buffer: ByteBuffer) -> Bool {
        var isFirst = true
        for method in Method.allCases where contains(method) {
            guard isFirst || buffer.append(", "), buffer.append(method.name) else { return false }
            isFirst = false
        }
        return true
    }
}
