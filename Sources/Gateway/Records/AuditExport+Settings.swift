import AuditTrail
import Settings
import Transport

extension AuditExport {
    /// The exporters of the settings, with every file that they need looked at.
    package static func exports(_ settings: Settings.Audit) throws(GatewayError) -> [AuditExport] {
        var exports: [AuditExport] = []
        for (index, exporter) in settings.exporters.enumerated() {
            let setting = "audit.exporters[\(index)]"
            // nil for an item that the settings would have refused.
            guard let export = try AuditExport(exporter, setting: setting) else { continue }
            if let failure = export.credentialFailure { throw .export(setting: setting, failure) }
            exports.append(export)
        }
        return exports
    }

    private init?(_ exporter: Settings.Exporter, setting: String) throws(GatewayError) {
        let format: Format = switch exporter.format {
        case .json: .json
        case .ocsf: .ocsf
        case .cef: .cef
        }
        let target: Target
        switch exporter.target {
        case .file(let path): target = .file(path: path)
        case .udp(let host, let port): target = .syslogUDP(host: host, port: port)
        case .tcp(let host, let port), .tls(let host, let port): target = .syslogTCP(host: host, port: port)
        case .http(let host, let port, let path), .https(let host, let port, let path):
            target = .http(host: host, port: port, path: path)
        case nil: return nil
        }
        self.init(name: exporter.name, target: target, format: format)
        if let target = exporter.target, target.isTLS {
            var client = try GatewayTLS.client(exporter.tls, host: target.host ?? "", setting: setting)
            // Syslog has no name to be asked for (RFC 5425).
            if !target.isHTTP { client.applicationProtocols = [] }
            tls = client
        }
        if !exporter.authorizationFile.isEmpty { authorizationFile = exporter.authorizationFile }
        batchRecords = exporter.batch
        timeoutMilliseconds = Int(exporter.timeout)
        hostName = AuditExport.machineName
    }
}
