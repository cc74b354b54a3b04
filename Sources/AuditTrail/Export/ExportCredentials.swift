import Cryptography
import HTTPWire
import Transport

/// What one exporter proves itself and its receiver with: read from files when first needed, and again after `renew`.
/// Confined to its exporter's queue.
final class ExportCredentials {
    private let export: AuditExport
    private var context: TLSContext?
    private var authorization: OutgoingRequest.Field?

    /// Bytes of an Authorization value.
    private static let greatestAuthorization = 4 << 10

    init(_ export: AuditExport) { self.export = export }

    /// nil: without TLS.
    func tls() throws(ExportFailure) -> TLSContext? {
        if let context { return context }
        guard let settings = export.tls else { return nil }
        do { context = try TLSContext(client: settings) } catch { throw ExportFailure("TLS cannot begin: \(error)") }
        return context
    }

    /// The Authorization field; nil: none is sent.
    func authorizationField() throws(ExportFailure) -> OutgoingRequest.Field? {
        if let authorization { return authorization }
        guard let path = export.authorizationFile else { return nil }
        var value: [UInt8] = []
        do throws(SecretFileError) {
            let secret = try SecretFile.read(path, atMost: Self.greatestAuthorization, access: .ownerAndGroup)
            let bytes = secret.span
            value = (0..<bytes.count).map { bytes[$0] }
        } catch {
            throw ExportFailure(error.description)
        }
        // The line end that editors put behind it.
        while let last = value.last, last == 0x0A || last == 0x0D { value.removeLast() }
        let isOneLine = !value.isEmpty && value.allSatisfy { (0x20...0x7E).contains($0) }
        let field = OutgoingRequest.Field(name: "Authorization", value: String(decoding: value, as: UTF8.self))
        guard isOneLine, let field else {
            throw ExportFailure("""
                \(path) must hold the value of an Authorization field, such as `Bearer TOKEN`, on one line and nothing else
                """)
        }
        authorization = field
        return field
    }

    /// The files may be others now.
    func renew() {
        context = nil
        authorization = nil
    }
}

extension AuditExport {
    /// Why its certificates or its authorization cannot be read; nil when all is well. Blocks on files.
    package var credentialFailure: ExportFailure? {
        let credentials = ExportCredentials(self)
        do throws(ExportFailure) {
            _ = try credentials.tls()
            _ = try credentials.authorizationField()
            return nil
        } catch {
            return error
        }
    }
}

extension ExportFailure {
    init(_ error: OutgoingError) { self.init(error.description) }
}
