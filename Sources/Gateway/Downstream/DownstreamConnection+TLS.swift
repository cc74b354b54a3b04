import AccessControl
import AuditTrail
import HTTPWire
import Transport

extension DownstreamConnection {
    /// Version, cipher and, where there is one, the client's certificate, as records have it.
    static func text(of peer: TLSPeer) -> [UInt8] {
        var text = "\(peer.version) \(peer.cipher)"
        if let certificate = peer.certificate { text += " \(certificate.subject)" }
        return Array(text.utf8)
    }

    /// The client certificate as a credential, where the request brings no other.
    ///
    /// Browsers send certificates by themselves, also for pages of other origins: those need to be allowed.
    func certificateCredential(of head: RequestHead) -> CredentialState {
        guard let certificate, head.fields.firstIndex(of: .origin) == nil || !exchange.origin.isEmpty,
            let digest = certificate.digest(at: lane.time.seconds, under: gate.snapshot)
        else { return .none }
        return .digest(digest)
    }

    /// New settings: a client whose certificate is no longer good, or that has none where one is required by now, is
    /// let go; what its exchange has begun ends properly.
    func checkCertificate(under context: TLSContext?) {
        guard let context, isPeerAccepted(by: context) == false else { return }
        gate.reports.certificateWithdrawn(client.addressText)
        dropCertificate()
        if phase == .exchange { persists = false } else { close() }
    }

    /// The names of the client's certificate that count now.
    var certificateNames: [CertificateName] { certificate?.names(at: lane.time.seconds) ?? [] }

    /// Sends a client of a listener without TLS to the one with it.
    func composeRedirect(_ origin: [UInt8], _ exchange: ExchangeID, isLast: Bool, at seconds: Int64) {
        let output = openOutput()
        output.appendStatusLine(308)
        output.append("X-Request-ID: ")
        _ = output.append(exchange)
        output.append("\r\nLocation: ")
        _ = output.append(origin)
        _ = gate.target.emit(into: output)
        output.append("\r\n")
        if isLast { output.appendField("Connection", "close") }
        output.appendField("Cache-Control", "no-store")
        output.appendDateField(seconds)
        output.appendField("Content-Length", decimal: 0)
        output.appendHeadEnd()
    }
}
