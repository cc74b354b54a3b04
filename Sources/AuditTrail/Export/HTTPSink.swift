import Transport

/// Batches as bodies of POST requests, a connection each. An answer of 200 to 299 acknowledges a batch.
final class HTTPSink: ExportSink {
    private let export: AuditExport
    private let credentials: ExportCredentials
    private let type: OutgoingRequest.Field?
    private var request: OutgoingRequest

    init(_ export: AuditExport, _ host: String, _ port: UInt16, _ path: String) {
        self.export = export
        credentials = ExportCredentials(export)
        request = OutgoingRequest(host: host, port: port, target: path.hasPrefix("/") ? path : "/" + path, tls: nil)
        request.method = .post
        let type = switch export.format {
        case .json, .ocsf: "application/x-ndjson"
        case .cef: "text/plain; charset=utf-8"
        }
        self.type = OutgoingRequest.Field(name: "Content-Type", value: type)
    }

    func reopen() { credentials.renew() }

    func send(_ batch: [ExportText]) throws(ExportFailure) {
        request.body = batch.flatMap { Array($0.text.utf8) + [0x0A] }
        request.tls = try credentials.tls()
        request.fields = [type, try credentials.authorizationField()].compactMap { $0 }
        let response: OutgoingResponse
        // What the answer says beside its status does not matter.
        do { response = try request.perform(bodyLimit: nil, by: export.deadline) } catch { throw ExportFailure(error) }
        guard response.isSuccess else {
            throw ExportFailure("\(request.host):\(request.port) answered with status \(response.status)")
        }
    }
}
