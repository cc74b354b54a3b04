/// Why a request target has no canonical form. Nothing of such a target is ever forwarded.
package enum TargetRefusal: UInt8, Error, CaseIterable, Sendable {
    case notOriginForm
}
