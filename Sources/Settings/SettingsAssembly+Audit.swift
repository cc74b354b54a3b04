/// What no single setting of the audit log can tell.
extension SettingsAssembly {
    /// A reserve below it holds no refusals to speak of.
    private static let leastReserve: UInt64 = 1 << 20

    mutating func exporters() -> [Settings.Exporter] {
        var names: Set<String> = []
        var exporters: [Settings.Exporter] = []
        for (index, placed) in draft.exporters.enumerated() {
            var exporter = placed.value
            let setting = "audit.exporters[\(index)]"
            // What is missing or wrong in an item has been reported.
            guard !exporter.name.isEmpty, let target = exporter.target else { continue }
            let isName = exporter.name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x2D || byte == 0x5F
            }
            if !isName {
                reader.add(SettingsError(
                    placed.place, "\(setting).name",
                    "`\(setting).name`: \(quoted(exporter.name)) is not a name made of letters, digits, `-` and `_`"))
            }
            if !names.insert(exporter.name).inserted {
                reader.add(SettingsError(
                    placed.place, "\(setting).name", "another exporter is called \(quoted(exporter.name)) too"))
            }
            if case .file(let file) = target { exporter.target = .file(path(file)) }
            placeFiles(in: &exporter.tls)
            if !exporter.authorizationFile.isEmpty { exporter.authorizationFile = path(exporter.authorizationFile) }
            for complaint in Self.complaints(exporter, target, setting) {
                reader.add(SettingsError(placed.place, "\(setting).\(complaint.key)", complaint.message))
            }
            exporters.append(exporter)
        }
        return exporters
    }

    /// What does not go together in an exporter.
    private static func complaints(
        _ exporter: Settings.Exporter, _ target: Settings.ExportTarget, _ setting: String
    ) -> [(key: String, message: String)] {
        let tls = exporter.tls
        var found: [(key: String, message: String)] = []
        if !target.isTLS, tls != Settings.UpstreamTLS() {
            found.append(("target", "`\(setting)` says how to speak TLS, but its target is neither `tls://` nor `https://`"))
        }
        if target.isTLS, tls.authorities == Settings.UpstreamTLS.systemAuthorities, !tls.revocation.isEmpty {
            found.append(("tls_revocation", "revocation lists need `\(setting).tls_authorities` to be a file"))
        }
        if tls.certificate.isEmpty, !tls.key.isEmpty {
            found.append(("tls_key", "`\(setting).tls_key` is of no use without `\(setting).tls_certificate`"))
        }
        if !exporter.authorizationFile.isEmpty, !target.isHTTP || !target.isTLS {
            found.append(("authorization_file", """
                `\(setting).authorization_file` is for targets with `https://`: anywhere else the secret would be sent in \
                clear, or not at all
                """))
        }
        return found
    }

    /// A default that is a part of something follows when that is made smaller.
    func followRetention(in audit: inout Settings.Audit) {
        if !isSet("audit.partition_age"), audit.retentionAge > 0 {
            audit.partitionAge = min(audit.partitionAge, audit.retentionAge)
        }
        // So that what retention removes at once is a part of the log.
        if !isSet("audit.partition_size"), audit.retentionSize < .max {
            audit.partitionSize = min(audit.partitionSize, max(1 << 20, audit.retentionSize / 8))
        }
    }

    mutating func checkAudit(_ audit: Settings.Audit) {
        if audit.retentionAge > 0, audit.partitionAge > audit.retentionAge {
            add("audit.partition_age",
                "`audit.partition_age` is more than `audit.retention_age`: whole files are removed, so records would stay "
                    + "more than twice as long as they shall")
        }
        if audit.retentionSize < .max, audit.partitionSize > audit.retentionSize / 2 {
            add("audit.partition_size",
                "`audit.partition_size` is more than half of `audit.retention_size`: the file that is written to is never "
                    + "removed, so the size could not be kept")
        }
        if audit.reserve > 0, audit.reserve < Self.leastReserve {
            add("audit.reserve", "`audit.reserve` is either `0B` or at least 1MiB")
        }
    }

    /// Files that nothing else may be.
    func auditPaths(_ audit: Settings.Audit) -> [(String, String)] {
        var paths: [(String, String)] = []
        if let path = audit.checkpoints.keyFile { paths.append(("audit.checkpoints.key_file", path)) }
        if let path = audit.checkpoints.file { paths.append(("audit.checkpoints.file", path)) }
        for (index, exporter) in audit.exporters.enumerated() {
            if case .file(let path) = exporter.target { paths.append(("audit.exporters[\(index)].target", path)) }
        }
        return paths
    }
}
