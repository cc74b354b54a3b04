import AccessControl

extension Settings {
    /// Credentials beside API keys.
    package struct Authentication: Sendable, Equatable {
        package var basic = Basic.deny
        /// Users of the appliance who may come with HTTP Basic.
        package var basicUsers: [String] = []
        /// What each of them may run.
        package var basicGrants: [ScopePattern] = []
        package var tokens = Tokens()

        package init() {}
    }

    package enum Basic: String, CaseIterable, Sendable {
        case deny
        /// The appliance verifies user and password.
        case forward
    }
}
