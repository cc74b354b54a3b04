/// A scope as a rule names it: CONTROLLER / ACTION. (This target imports nothing, so it has its own.)
package struct RedactionScope: Sendable, Hashable {
    package let controller: String
    package let action: String

    package init(controller: String, action: String) {
        self.controller = controller
        self.action = action
    }
}

/// What becomes of a protected value. Where several rules match, the one that shows least decides.
package enum RedactionTreatment: String, Sendable, Hashable, CaseIterable {
    /// The whole value, of whatever JSON type (null included), becomes the string `"[censored]"`.
    case mask
    /// A string of at least `LastFour.leastBytes` becomes `"******************"` and its last four characters, as
    /// the appliance's own list shows API keys. Anything else is masked whole.
    case lastFour = "last_four"
    /// In the string of a URL, what stands before an `@` (RFC 3986 section 3.2.1) and values of credential-like
    /// query parameters become `[censored]`. A null stays; any other type is masked whole.
    case credentialsInURL = "credentials_in_url"
    /// In options (`name=value`, separated by commas; or an array or object of such), the values of credential-like
    /// names, and credentials in URLs, become `[censored]`. What cannot be read as options is masked whole.
    case credentialPairs = "credential_pairs"
}

/// Which answers a rule looks at.
package enum RedactionPlace: Sendable, Hashable {
    case everywhere
    /// Answers of operations of these controllers.
    case controllers([String])
    /// Answers of operations that need one of these scopes.
    case actions([RedactionScope])
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
}
