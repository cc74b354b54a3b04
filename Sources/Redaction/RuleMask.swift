/// A set of compiled rules: bit n stands for rule n of a `RedactionRules`.
package struct RuleMask: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The set that holds only rule `index`, 0 to 63.
    package init(rule index: Int) { rawValue = 1 << UInt64(truncatingIfNeeded: index) }
}
