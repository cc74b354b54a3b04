import AccessControl
import ArgumentParser
import AuditTrail

// The product's own values as arguments, by their stable names.

extension ScopePattern: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension ReasonCode: ExpressibleByArgument {
    package init?(argument: String) { self.init(text: argument) }

    package static var allValueStrings: [String] { [] }
}

extension AuditDecision: ExpressibleByArgument {
    package init?(argument: String) {
        guard let value = AuditDecision.allCases.first(where: { $0.text.description == argument }) else { return nil }
        self = value
    }

    package static var allValueStrings: [String] { allCases.map(\.text.description) }
}

extension AuditCountColumn: ExpressibleByArgument {}

extension AuditKind: ExpressibleByArgument {
    package init?(argument: String) {
        guard let value = AuditKind.allCases.first(where: { $0.text.description == argument }) else { return nil }
        self = value
    }

    package static var allValueStrings: [String] { allCases.map(\.text.description) }
}
