import AccessControl
import HTTPWire
import SQLite

extension AuditQuery {
    enum Parameter: Equatable { case integer(Int64), text(String) }

    /// The conditions as SQL, joined by AND, and their parameters in order, behind two for the first and the last
    /// sequence number.
    var conditions: (sql: String, parameters: [Parameter]) {
        var sql = ["sequence BETWEEN ? AND ?"]
        var parameters: [Parameter] = []
        func add(_ condition: String, _ values: Parameter...) {
            sql.append(condition)
            parameters += values
        }
        if let cursor { add(order == .oldestFirst ? "sequence > ?" : "sequence < ?", .integer(cursor)) }
        if let since { add("time >= ?", .integer(since)) }
        if let until { add("time < ?", .integer(until)) }
        if let kind { add("kind = ?", .text(kind.text.description)) }
        if let keyID { add("key_id = ?", .integer(keyID)) }
        if let principalName { add("principal_name = ?", .text(principalName)) }
        if let controller { add("controller = ?", .text(controller)) }
        if let action { add("action = ?", .text(action)) }
        if let decision { add("decision = ?", .text(decision.text.description)) }
        if let reason { add("reason = ?", .text(reason)) }
        if let status { add("status BETWEEN ? AND ?", .integer(status.lowerBound), .integer(status.upperBound)) }
        if let client { add("client = ?", .text(client)) }
        if let method { add("method = ?", .text(method)) }
        if let path { add("path GLOB ?", .text(path)) }
        if let requestID {
            // Ids of ours are stored as bare digits, however they are written.
            let exchange = ExchangeID(requestID)?.description ?? requestID
            add("(exchange = ? OR client_request_id = ?)", .text(exchange), .text(requestID))
        }
        for (column, glob) in texts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            if glob.isEmpty { add("\(column.column) IS NULL") } else { add("\(column.column) GLOB ?", .text(glob)) }
        }
        for (column, range) in integers.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            add("coalesce(\(column.column), 0) BETWEEN ? AND ?", .integer(range.lowerBound), .integer(range.upperBound))
        }
        if isExposure { add("(kind = 'exposure' OR revealed > 0)") }
        if let object {
            let glob = Self.literal(object)
            add(
                "(\(AuditExposure.isInDetail) AND detail GLOB ? OR path GLOB ? OR path GLOB ?)",
                .text("\(glob) *"), .text("*/\(glob)"), .text("*/\(glob)/*"))
        }
        return (sql.joined(separator: " AND "), parameters)
    }

    /// A glob that matches just this text.
    static func literal(_ text: String) -> String {
        text.map { "*?[".contains($0) ? "[\($0)]" : String($0) }.joined()
    }

    var sqlOrder: String { order == .oldestFirst ? "ASC" : "DESC" }
}

extension Statement {
    func bind(within place: ClosedRange<Int64>) {
        bind(1, place.lowerBound)
        bind(2, place.upperBound)
    }

    /// What stays the same for every place.
    func bind(_ parameters: [AuditQuery.Parameter]) {
        for (index, parameter) in parameters.enumerated() {
            switch parameter {
            case .integer(let value): bind(Int32(index + 3), value)
            case .text(let text): bind(Int32(index + 3), text)
            }
        }
    }
}
