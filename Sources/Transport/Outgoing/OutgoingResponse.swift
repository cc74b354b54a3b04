import HTTPWire

/// The answer to an `OutgoingRequest`.
package struct OutgoingResponse: Sendable {
    package private(set) var status: UInt16 = 0
    /// In order of arrival, names as they were sent.
    package private(set) var fields: [(name: String, value: String)] = []
    package internal(set) var body: [UInt8] = []

    init() {}

    init(_ head: ResponseHead, _ bytes: Span<UInt8>) {
        status = head.status
        for index in 0..<head.fields.count {
            let field = head.fields[index]
            fields.append((Self.text(bytes, field.name), Self.text(bytes, field.value)))
        }
    }

    package var isSuccess: Bool { 200...299 ~= status }

    /// The value of the first field of that name, which is compared without case.
    package func value(of name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    private static func text(_ bytes: Span<UInt8>, _ range: ByteRange) -> String {
        String(decoding: range.range.map { bytes[$0] }, as: UTF8.self)
    }
}
