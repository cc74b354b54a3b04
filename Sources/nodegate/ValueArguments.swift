import AccessControl
import ArgumentParser
import AuditTrail
import HTTPWire

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

extension Method: ExpressibleByArgument {
    package init?(argument: String) {
        let name = argument.uppercased()
        guard let value = Method.allCases.first(where: { $0 != .unknown && $0.name.description == name }) else {
            return nil
        }
        self = value
    }

    package static var allValueStrings: [String] { allCases.filter { $0 != .unknown }.map(\.name.description) }
}
