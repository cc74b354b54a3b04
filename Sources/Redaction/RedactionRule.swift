/// A scope as a rule names it: CONTROLLER / ACTION. (This target imports nothing, so it has its own.)
package struct RedactionScope: Sendable, Hashable {
    package let controller: String
    package let action: String

    package init(controller: String, action: String) {
        self.controller = controller
        self.action = action
    }
}

/// What becomes of a protected value.
package enum RedactionTreatment: Sendable, Hashable {
    /// The whole value, of whatever JSON type (null included), becomes the string `"[censored]"`.
    case mask
}

/// Which answers a rule looks at.
package enum RedactionPlace: Sendable, Hashable {
    case everywhere
    /// Answers of operations of these controllers.
    case controllers([String])
}

/// One protected field: its name, where it is protected, and what releases it.
package struct RedactionRule: Sendable, Hashable {
    /// The member name in JSON, after unescaping. Compared byte for byte: case counts, and Unicode is not
    /// normalised. 1 to `RedactionRules.maximumFieldBytes` bytes of UTF-8.
    package let field: String
    package let place: RedactionPlace
    /// A caller who holds this explicit scope gets the field in clear; nil: nobody does.
    package let unlockedBy: RedactionScope?
    package let treatment: RedactionTreatment

    package init(
        field: String, place: RedactionPlace, unlockedBy: RedactionScope?, treatment: RedactionTreatment = .mask
    ) {
        self.field = field
        self.place = place
        self.unlockedBy = unlockedBy
        self.treatment = treatment
    }

    /// The rules that ship: what the appliance itself protects by an explicit scope.
    package static var shipped: [RedactionRule] {
        [
            RedactionRule(
                field: "secret_key", place: .everywhere,
                unlockedBy: RedactionScope(controller: "cloud_connectors", action: "get_secret_key")),
            RedactionRule(
                field: "password", place: .controllers(["nas_shares"]),
                unlockedBy: RedactionScope(controller: "nas_shares", action: "get_password")),
        ]
    }
}
