import AccessControl
import AuditTrail

/// A permit that may be used now: its intent is stored, or it needs none. Only a clearance leases an upstream.
struct Clearance: ~Copyable {
    let permit: Permit

    fileprivate init(_ permit: consuming Permit) { self.permit = permit }
}

/// A permit whose intent must be stored before anything reaches the appliance.
struct PendingIntent: ~Copyable {
    private let permit: Permit

    fileprivate init(_ permit: consuming Permit) { self.permit = permit }

    /// The receipt is the proof that the intent is stored.
    consuming func cleared(by receipt: consuming AuditReceipt) -> Clearance { Clearance(permit) }
}

/// What a permit needs before it may be used.
enum ClearanceStep: ~Copyable {
    case clear(Clearance)
    case recordIntent(PendingIntent)

    /// Requests that change state, and those that release a secret in clear, need a stored intent.
    init(_ permit: consuming Permit) {
        self = permit.method.isSafe && permit.revealed == 0
            ? .clear(Clearance(permit)) : .recordIntent(PendingIntent(permit))
    }
}
