import HTTPWire

/// A key of the demo.
struct DemoKey {
    /// The variable that stands for it in what is printed: `$READER`.
    let variable: String
    let name: String
    /// What it may do, for people.
    let purpose: String
    let secret: String
}

/// One request of the tour.
struct TourRequest {
    let method: Method
    let target: String
    /// Shown as its variable, sent as itself.
    var key: DemoKey?
    var body: String?

    /// As sent.
    func bytes(port: UInt16) -> [UInt8] {
        var lines = ["\(method.name) \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Accept: application/json"]
        if let key { lines.append("Authorization: Bearer \(key.secret)") }
        if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
        lines.append("Connection: close")
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8)
    }
}

/// What an answer has to be.
struct TourExpectation {
    let status: UInt16
    /// What must hold besides the status, in words that finish "expected ...".
    var claim = ""
    var isMet: (TourAnswer) -> Bool = { _ in true }
}

/// One step: a request, why it is made, and what must come back.
struct TourStep {
    let title: String
    let request: TourRequest
    let expectation: TourExpectation
}
