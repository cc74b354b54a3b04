import Testing
@testable import NodeumSimulator

#if canImport(Glibc)
import Glibc
#endif

@Suite struct RouteTableTests {
    struct Row {
        let method: String
        let path: String
        let action: String
    }

    /// The gateway's own list of operations, read as text: the two tables were written apart from each other.
    static let rows: [Row] = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        guard let file = fopen("/\(root)/config/operations.csv", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.filter { !$0.hasPrefix("#") && !$0.hasPrefix("method,") }.map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let isScoped = !cells[3].isEmpty
            return Row(
                method: cells[0], path: cells[1], action: isScoped ? "\(cells[3])#\(cells[4])" : "systems#generate_vars")
        }
    }()

    @Test func everyOperationRunsItsAction() {
        #expect(Self.rows.count == 212)
        let appliance = Appliance.open()
        for row in Self.rows {
            let path = row.path.split(separator: "/").map { $0.hasPrefix("{") ? "1" : $0 }.joined(separator: "/")
            #expect(appliance.run(row.method, "/api/v2/\(path)") == row.action, "\(row.method) \(row.path)")
        }
    }

    @Test func everyOperationWorksWithNamesAndFormats() {
        let appliance = Appliance.open()
        for row in Self.rows {
            let path = row.path.split(separator: "/").map { $0.hasPrefix("{") ? "a%20b%2Fc" : $0 }.joined(separator: "/")
            #expect(appliance.run(row.method, "/api/v2/\(path).json") == row.action, "\(row.method) \(row.path)")
        }
    }

    @Test func theTableHoldsNothingElse() {
        let table = RouteMatcher().all
        #expect(table.count == 212)
        #expect(Set(table.map(\.action)).count == 148)
    }

    @Test func generalAnswersNameControllerAndAction() {
        let appliance = Appliance.open()
        for row in Self.rows where row.action.split(separator: "#")[0] != "cloud_connectors" {
            let path = row.path.split(separator: "/").map { $0.hasPrefix("{") ? "7" : $0 }.joined(separator: "/")
            let response = appliance.ask(row.method, "/\(path)")
            guard response.first("Content-Type")?.hasPrefix("application/json") == true else { continue }
            if response.status == 202 {
                #expect(response.json?["job_id"] != nil)
                continue
            }
            #expect((200...201).contains(response.status), "\(row.method) \(row.path)")
            let controller = response.json?["controller"]?.text ?? ""
            let action = response.json?["action"]?.text ?? ""
            #expect("\(controller)#\(action)" == row.action, "\(row.method) \(row.path)")
        }
    }
}
