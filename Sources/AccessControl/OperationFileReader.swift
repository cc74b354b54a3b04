import HTTPWire

/// Reads lines; keeps what is good and what is wrong.
struct OperationFileReader {
    private(set) var operations: [Operation] = []
    var errors: [OperationFileError] = []
    private(set) var isHeaderMissing = true
    /// As many as the header has columns.
    private var cellCount = OperationFile.columns.count
    private var lines: [Int] = []
    private var lineOfID: [String: Int] = [:]

    let headerMessage = "the first line must be \(OperationFile.columns.joined(separator: ","))"

    /// A cell that cannot be read.
    private struct CellError: Error {
        let message: String
    }

    mutating func read(_ line: Substring, number: Int) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            .map { cell in String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
        guard !isHeaderMissing else {
            isHeaderMissing = false
            cellCount = cells.count
            if cells != OperationFile.columns && cells != Array(OperationFile.neededColumns) {
                errors.append(OperationFileError(line: number, message: headerMessage))
            }
            return
        }
        do throws(CellError) {
            guard cells.count == cellCount else {
                throw CellError(message: "\(cells.count) cells instead of \(cellCount)")
            }
            let operation = try OperationFileReader.operation(cells)
            try note(operation, number: number)
        } catch {
            errors.append(OperationFileError(line: number, message: error.message))
        }
    }

    private mutating func note(_ operation: Operation, number: Int) throws(CellError) {
        if let earlier = lineOfID[operation.id] {
            throw CellError(message: "operation id \(operation.id) is already on line \(earlier)")
        }
        if let other = operations.firstIndex(where: operation.isAmbiguous) {
            throw CellError(
                message: "\(operation.name) and \(operations[other].name) on line \(lines[other]) match a common path")
        }
        guard operations.count < OperationTable.maximumOperations else {
            throw CellError(message: "more than \(OperationTable.maximumOperations) operations")
        }
        lineOfID[operation.id] = number
        operations.append(operation)
        lines.append(number)
    }

    private static func operation(_ cells: [String]) throws(CellError) -> Operation {
        guard cells.count >= OperationFile.neededColumns.count else {
            throw CellError(message: "\(cells.count) cells instead of \(OperationFile.columns.count)")
        }
        let method = Method(cells[0].utf8.span)
        guard MethodSet.routable.contains(method) else {
            throw CellError(message: "method \"\(cells[0])\" is none of GET, POST, PUT, PATCH, DELETE")
        }
        guard let template = PathTemplate(cells[1]) else {
            throw CellError(message: "path \"\(cells[1])\" is not a template like /pools/{pool_id}/tapes")
        }
        guard isPrintable(cells[2]) else {
            throw CellError(message: "operation id \"\(cells[2])\" is empty, too long or not printable ASCII")
        }
        guard cells[6] == "" || cells[6] == "sensitive" else {
            throw CellError(message: "sensitive is \"\(cells[6])\" instead of empty or \"sensitive\"")
        }
        let request = try media(cells[7], "request")
        let response = try media(cells[8], "response")
        let identifiers = try identifiers(cells[9], count: template.parameterCount)
        let operation = Operation(
            method: method, template: template, id: cells[2], scope: try scope(cells[3], cells[4]),
            explicitScope: try explicitScope(cells[5]), isSensitive: cells[6] == "sensitive", request: request,
            response: response, identifiers: identifiers, query: try query(cells.count > 10 ? cells[10] : ""))
        guard let operation, !request.contains(.file), !response.isEmpty else {
            throw CellError(message: "request takes json, multipart, octet-stream; response at least one kind")
        }
        return operation
    }

    private static func scope(_ controller: String, _ action: String) throws(CellError) -> Scope? {
        if controller.isEmpty && action.isEmpty { return nil }
        guard let scope = Scope(controller: controller, action: action) else {
            throw CellError(message: "controller \"\(controller)\" and action \"\(action)\" are no scope")
        }
        return scope
    }

    private static func explicitScope(_ cell: String) throws(CellError) -> Scope? {
        if cell.isEmpty { return nil }
        guard let scope = Scope(cell) else {
            throw CellError(message: "explicit scope \"\(cell)\" is not CONTROLLER/ACTION")
        }
        return scope
    }

    private static func media(_ cell: String, _ column: String) throws(CellError) -> MediaKinds {
        var kinds: MediaKinds = []
        for word in cell.split(separator: "|", omittingEmptySubsequences: false) where !cell.isEmpty {
            guard let known = MediaKinds.words.first(where: { $0.word == word }) else {
                throw CellError(message: "\(column) \"\(word)\" is none of json, multipart, octet-stream, file")
            }
            kinds.insert(known.kind)
        }
        return kinds
    }

    private static func identifiers(_ cell: String, count: Int) throws(CellError) -> [IdentifierKind] {
        var kinds: [IdentifierKind] = []
        for word in cell.split(separator: "|", omittingEmptySubsequences: false) where !cell.isEmpty {
            guard let kind = IdentifierKind(rawValue: String(word)) else {
                throw CellError(message: "identifier \"\(word)\" is none of integer, name, serial")
            }
            kinds.append(kind)
        }
        guard kinds.count == count else {
            throw CellError(message: "\(kinds.count) identifiers for a path with \(count) parameters")
        }
        return kinds
    }

    private static func query(_ cell: String) throws(CellError) -> [String]? {
        if cell.isEmpty { return nil }
        if cell == OperationFile.noQuery { return [] }
        let names = cell.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        for name in names where !OperationFile.isParameter(name) {
            throw CellError(
                message: "query \"\(name)\" is no parameter's name; write \(OperationFile.noQuery) for none")
        }
        return names
    }

    private static func isPrintable(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 }
    }
}
