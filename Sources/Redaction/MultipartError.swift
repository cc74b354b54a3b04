/// Why a multipart body must not reach the appliance.
package enum MultipartError: Error, Sendable, Hashable {
    /// Not the strict form of RFC 7578: what frameworks read leniently may hide a field.
    case malformed(at: Int)
    /// The body ended before its closing delimiter.
    case truncated
    /// More than `MultipartGuard.maximumParts`.
    case tooManyParts
    /// The head of a part, or the value of a protected one, is longer than `MultipartGuard.heldBytes`.
    case partLimit(at: Int)
    /// A protected part holds the mask. The rules that protect it.
    case mask(RuleMask)
    /// A part named `_method`: Rack would run another operation.
    case methodOverride
}
