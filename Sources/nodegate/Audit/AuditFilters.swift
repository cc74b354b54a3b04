import AccessControl
import ArgumentParser
import AuditTrail

/// The conditions that `audit query` and `audit tail` share.
struct AuditFilters: ParsableArguments {
    @Option(help: ArgumentHelp("Records of one key, by id or name.", valueName: "id|name"))
    var key: String?

    @Option(help: ArgumentHelp(
        "Records of a scope; either part may be '*'.", valueName: "controller/action"))
    var scope: ScopePattern?

    @Option(help: "Only this decision.")
    var decision: AuditDecision?

    @Option(help: ArgumentHelp("Only this reason, such as missing_scope.", valueName: "code"))
    var reason: ReasonCode?

    @Option(help: ArgumentHelp("Status of the answer: 403, 4xx or 400-499.", valueName: "status"))
    var status: StatusArgument?

    @Option(help: ArgumentHelp("Only this client address.", valueName: "address"))
    var client: String?

    @Option(name: .customLong("request-id"), help: ArgumentHelp(
        "Only the exchange with this X-Request-ID, the gateway's or the client's own.", valueName: "id"))
    var requestID: String?

    @Option(help: "Only this method.")
    var method: String?

    @OptionGroup var object: ObjectOptions

    @Option(help: ArgumentHelp("Only paths that match; '*' also matches slashes.", valueName: "glob"))
    var path: String?

    @Option(help: "Only records of this kind.")
    var kind: AuditKind?

    @Option(name: .customLong("where"), parsing: .singleValue, help: ArgumentHelp(
        "Any other column, such as upstream=10.0.0.5:* or bytes_out=1000000-; may be given several times.",
        discussion: """
            Texts are globs, and nothing after '=' finds records without the text. Numbers are one (redacted=0) or a \
            range (revealed=1-). Columns: \(ColumnCondition.names).
            """,
        valueName: "column=value"))
    var conditions: [ColumnCondition] = []

    /// The conditions as a query; times, limit and order are the command's.
    var query: AuditQuery {
        var query = AuditQuery()
        if let key {
            // All digits is an id; a name that looks like one is found by its id.
            if let id = Int64(key) { query.keyID = id } else { query.principalName = key }
        }
        if let scope {
            if scope.controller != "*" { query.controller = scope.controller }
            if scope.action != "*" { query.action = scope.action }
        }
        query.kind = kind
        query.decision = decision
        query.reason = reason.map { $0.text.description }
        query.status = status?.range
        query.client = client
        query.requestID = requestID
        query.method = method?.uppercased()
        query.path = path
        query.object = object.name
        for condition in conditions {
            switch condition.match {
            case .text(let column, let glob): query.texts[column] = glob
            case .integers(let column, let range): query.integers[column] = range
            }
        }
        return query
    }
}

/// What one column must be.
struct ColumnCondition: ExpressibleByArgument, Equatable {
    enum Match: Equatable {
        case text(AuditText, String)
        case integers(AuditInteger, ClosedRange<Int64>)
    }

    let match: Match

    static let names = (AuditText.allCases.map(\.column.description) + AuditInteger.allCases.map(\.column.description))
        .joined(separator: ", ")

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "=") else { return nil }
        let name = argument[..<equals]
        let value = String(argument[argument.index(after: equals)...])
        if let column = AuditText.allCases.first(where: { $0.column.description == name }) {
            match = .text(column, value)
        } else if let column = AuditInteger.allCases.first(where: { $0.column.description == name }),
            let range = Self.range(value)
        {
            match = .integers(column, range)
        } else {
            return nil
        }
    }

    /// `5`, `5-9`, `5-` or `-9`.
    private static func range(_ text: String) -> ClosedRange<Int64>? {
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text != "-", bounds.count <= 2, let first = bounds.first, let last = bounds.last,
            let lower = first.isEmpty ? 0 : Int64(first), let upper = last.isEmpty ? .max : Int64(last), lower <= upper,
            bounds.count == 2 || !first.isEmpty
        else { return nil }
        return lower...upper
    }
}

/// One status or a range of them.
struct StatusArgument: ExpressibleByArgument, Equatable {
    let range: ClosedRange<Int64>

    init?(argument: String) {
        let bounds = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        if argument.count == 3, argument.lowercased().hasSuffix("xx"), let hundreds = argument.first?.wholeNumberValue {
            range = Int64(hundreds) * 100...Int64(hundreds) * 100 + 99
        } else if bounds.count <= 2, let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last,
            first >= 100, last <= 999
        {
            range = first...last
        } else {
            return nil
        }
    }
}
