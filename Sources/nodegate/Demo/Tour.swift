import Foundation
import HTTPWire

/// The keys that the tour uses.
struct DemoKeys {
    /// Lists and shows connectors; sees no secret.
    let reader: DemoKey
    /// The same, with the explicit scope that unlocks `secret_key`.
    let auditor: DemoKey
    /// Every action on connectors; sees no secret.
    let editor: DemoKey
    /// Scopes of another resource only.
    let outsider: DemoKey

    var all: [DemoKey] { [reader, auditor, editor, outsider] }
}

/// The guided tour: the requests in order, each built from what came before.
struct Tour {
    let keys: DemoKeys
    /// Sends, shows and judges one step.
    let perform: (TourStep) throws(CommandFailure) -> TourAnswer

    static let mask = "[censored]"
    private static let connectors = "/api/v2/cloud_connectors"
    private static let secret = "SECRET-demo-9Zx4"
    /// Polls of a job before it counts as stuck.
    private static let polls = 10

    func run() throws(CommandFailure) {
        try refusals()
        try secrets()
        let id = try creation()
        try test()
        try removal(id)
    }

    private func refusals() throws(CommandFailure) {
        let list = Self.connectors
        _ = try perform(TourStep(
            title: "No key: the gateway answers, the appliance hears nothing",
            request: TourRequest(method: .get, target: list),
            expectation: TourExpectation(status: 401, claim: "and a WWW-Authenticate field") {
                $0["WWW-Authenticate"] != nil
            }))
        let unknown = DemoKey(variable: "UNKNOWN", name: "", purpose: "", secret: "this-key-was-never-issued-0000000000")
        _ = try perform(TourStep(
            title: "An unknown key",
            request: TourRequest(method: .get, target: list, key: unknown),
            expectation: TourExpectation(status: 401)))
        _ = try perform(TourStep(
            title: "A valid key without the scope: the answer names what is missing",
            request: TourRequest(method: .get, target: list, key: keys.outsider),
            expectation: TourExpectation(status: 403, claim: "naming cloud_connectors and index") {
                $0.body.contains("cloud_connectors") && $0.body.contains("index")
            }))
    }

    private func secrets() throws(CommandFailure) {
        let list = "\(Self.connectors)?limit=2&sort_by=name"
        _ = try perform(TourStep(
            title: "The list for a key that may list: every secret_key is masked",
            request: TourRequest(method: .get, target: list, key: keys.reader),
            expectation: TourExpectation(status: 200, claim: "with secret_key masked and no secret in the body") {
                $0.body.contains("\"secret_key\":\"\(Self.mask)\"") && !$0.body.contains("SECRET")
            }))
        _ = try perform(TourStep(
            title: "The same list for a key that also holds cloud_connectors/get_secret_key",
            request: TourRequest(method: .get, target: list, key: keys.auditor),
            expectation: TourExpectation(status: 200, claim: "with secret_key in clear") {
                $0.body.contains("\"secret_key\":\"SECRET") && !$0.body.contains(Self.mask)
            }))
    }

    /// Returns the id of the connector made.
    private func creation() throws(CommandFailure) -> Int {
        let body = """
            {"name":"demo-archive","url":"https://s3.example.com","provider":"generic_s3","region":"eu-1",\
            "access_key":"DEMO","secret_key":"\(Self.secret)"}
            """
        let created = try perform(TourStep(
            title: "Create a connector: the secret goes in and is not shown again",
            request: TourRequest(method: .post, target: Self.connectors, key: keys.editor, body: body),
            expectation: TourExpectation(status: 201, claim: "with the new id and the secret masked") {
                $0.object["id"] is Int && $0.object["secret_key"] as? String == Self.mask
            }))
        let id = created.object["id"] as? Int ?? 0
        _ = try perform(TourStep(
            title: "Update it",
            request: TourRequest(
                method: .put, target: "\(Self.connectors)/\(id)", key: keys.editor, body: #"{"region":"eu-2"}"#),
            expectation: TourExpectation(status: 200, claim: "with the new region") {
                $0.object["region"] as? String == "eu-2" && $0.object["secret_key"] as? String == Self.mask
            }))
        return id
    }

    private func test() throws(CommandFailure) {
        let target = "\(Self.connectors)/-/test"
        let body = """
            {"name":"demo-archive","url":"https://s3.example.com","provider":"generic_s3","access_key":"DEMO",\
            "secret_key":"\(Self.secret)"}
            """
        let started = try perform(TourStep(
            title: "Test a connector: the appliance starts a job",
            request: TourRequest(method: .put, target: target, key: keys.editor, body: body),
            expectation: TourExpectation(status: 202, claim: "with a job_id") { $0.object["job_id"] is String }))
        let job = started.object["job_id"] as? String ?? ""
        for _ in 0..<Self.polls {
            let answer = try perform(TourStep(
                title: "Poll the job until it is done",
                request: TourRequest(method: .get, target: "\(target)?job_id=\(job)", key: keys.editor),
                expectation: TourExpectation(status: 0, claim: "202 while it works, then 200") {
                    $0.status == 202 || $0.status == 200
                }))
            if answer.status != 202 { return }
        }
        throw CommandFailure("the test job did not end within \(Self.polls) polls.")
    }

    private func removal(_ id: Int) throws(CommandFailure) {
        _ = try perform(TourStep(
            title: "Destroy it",
            request: TourRequest(method: .delete, target: "\(Self.connectors)/\(id)", key: keys.editor),
            expectation: TourExpectation(status: 204)))
    }
}
