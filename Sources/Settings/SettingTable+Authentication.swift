import AccessControl

extension SettingTable {
    static let authentication: [Entry] = [
        .value(
            "basic", \.settings.authentication.basic, .word,
            """
            HTTP Basic. With `forward` a user's own name and password go to the appliance, which verifies them, in \
            place of `upstream.credential`; what the user may run is for the gateway to say.
            """),
        .value(
            "basic_users", \.settings.authentication.basicUsers, .users, takesSequence: true,
            "The users who may; all others are refused before the appliance is asked."),
        .value(
            "basic_grants", \.settings.authentication.basicGrants, .grants, takesSequence: true,
            """
            What each of these users may run, as keys are granted: `pools/*`, `*/index`. An explicit scope, which \
            shows secrets, must be named in full.
            """),
        .section("jwt", "JSON Web Tokens (RFC 7519) as `Authorization: Bearer`, which the gateway itself verifies.", tokens),
    ]
}

extension SettingForm where Value == [String] {
    private static var userLimit: Int { 1_000 }

    /// Names of users as HTTP Basic carries them, which knows no colon (RFC 7617 section 2).
    static var users: SettingForm {
        let allowed = "a list of at most \(userLimit) users: printable ASCII without a colon, at most 64 characters each"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            let users = parts(text)
            for user in users
            where user.utf8.count > 64 || !user.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x3A }) {
                throw ValueRefusal("\(quoted(user)) is not one of \(allowed)")
            }
            guard users.count <= userLimit, Set(users).count == users.count else {
                throw ValueRefusal("there are too many users, or one twice; allowed is \(allowed)")
            }
            return users
        } text: { "[\($0.map { SettingForm<String>.yamlText($0) }.joined(separator: ", "))]" }
    }
}

extension SettingForm where Value == [ScopePattern] {
    static var grants: SettingForm {
        let allowed = "a list of scopes and patterns: `pools/index`, `pools/*`, `*/index`, `*/*`"
        return SettingForm(allowed) { text throws(ValueRefusal) in
            var patterns: [ScopePattern] = []
            for part in parts(text) {
                guard let pattern = ScopePattern(part) else {
                    throw ValueRefusal("\(quoted(part)) is no scope and no pattern; allowed is \(allowed)")
                }
                patterns.append(pattern)
            }
            return patterns
        } text: { "[\($0.map { SettingForm<String>.yamlText($0.description) }.joined(separator: ", "))]" }
    }
}
