/// Shows a step of the tour: what is sent, what came, whether it is what was expected.
struct TourPrinter {
    /// Bytes of a body that are shown.
    private static let shownBody = 640
    /// Fields of an answer worth a look.
    private static let shownFields = ["www-authenticate", "x-request-id", "cache-control"]

    func show(_ step: TourStep, number: Int) throws(CommandFailure) {
        let request = step.request
        var lines = ["", "\(number). \(step.title)", "   > \(request.method.name) \(request.target) HTTP/1.1"]
        if let key = request.key { lines.append("   > Authorization: Bearer $\(key.variable)") }
        if let body = request.body { lines.append("   > \(body)") }
        try Console.writeLines(lines)
    }

    func show(_ answer: TourAnswer, _ expectation: TourExpectation, isMet: Bool) throws(CommandFailure) {
        var lines = ["   < HTTP/1.1 \(answer.status) \(answer.reason)"]
        for field in answer.fields where Self.shownFields.contains(field.name.lowercased()) {
            lines.append("   < \(field.name): \(field.value)")
        }
        if !answer.body.isEmpty { lines.append("   < \(excerpt(answer.body))") }
        let status = expectation.status == 0 ? "" : "\(expectation.status) "
        lines.append("   \(isMet ? "as expected" : "NOT AS EXPECTED"): \(status)\(expectation.claim)")
        try Console.writeLines(lines)
    }

    private func excerpt(_ body: String) -> String {
        let body = body.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard body.utf8.count > Self.shownBody else { return body }
        return "\(body.prefix(Self.shownBody))... (\(body.utf8.count) bytes)"
    }
}
