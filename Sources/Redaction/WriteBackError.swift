/// Why a request body must not reach the appliance.
package enum WriteBackError: Error, Sendable, Hashable {
    /// It is not one well-formed JSON value.
    case malformed(RedactionError)
    /// A protected member holds the mask, and masks are refused. The rules that protect it.
    case mask(RuleMask)
    /// A member is longer than `WriteBackGuard.memberBytes`: a name with the blanks around it, or a protected member
    /// with its value. It begins at this offset of the body.
    case memberLimit(at: Int)
}

/// What becomes of a member that holds the mask in place of a secret.
package enum WriteBackMode: String, Sendable, Hashable, CaseIterable {
    /// The member is left out; the appliance keeps the secret that it has.
    case drop
    case refuse
}
