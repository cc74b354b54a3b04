import HTTPWire

extension Operation {
    /// Why this operation does not take the body of a request; nil when it does, or when there is none.
    ///
    /// A Content-Type without a body is what the vendor's SDK sends on every request, and is not looked at.
    package func refusal(ofBodyOf head: RequestHead, in bytes: Span<UInt8>) -> ReasonCode? {
        if head.framing.isEmpty { return nil }
        if head.method.isSafe || request.isEmpty { return .bodyNotAllowed }
        // A coded body would hide from every check what the appliance decodes.
        guard head.contentTypeCount == 1, head.fields.firstIndex(of: .contentEncoding) == nil else {
            return .unsupportedMediaType
        }
        let announced = MediaKinds.announced(by: head.contentType, in: bytes)
        return request.isDisjoint(with: announced) ? .unsupportedMediaType : nil
    }
}
