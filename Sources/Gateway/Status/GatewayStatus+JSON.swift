import AuditTrail

extension GatewayStatus {
    /// What a person or a script asks first, as one JSON object; `nodegate status` prints it.
    var json: String {
        let exchanges = AuditDecision.allCases.map { "\"\($0.text)\":\(counters.exchanges($0))" }
        let exporters = exporters.map { exporter in
            Self.object([
                "\"name\":\(AuditJSON.quoted(exporter.name))", "\"lag\":\(exporter.lag)",
                "\"delivered\":\(exporter.exportedRecords)", "\"failures\":\(exporter.failures)",
                "\"failure\":\(exporter.failure.map(AuditJSON.quoted) ?? "null")",
            ])
        }
        let certificates = certificates.map { shown in
            Self.object([
                "\"setting\":\(AuditJSON.quoted(shown.setting))", "\"file\":\(AuditJSON.quoted(shown.file))",
                "\"expires\":\"\(AuditTime.text(shown.certificate.notAfter * 1_000_000))\"",
            ])
        }
        return Self.object([
            "\"ready\":\(isReady)",
            "\"troubles\":\(Self.array(troubles.map(AuditJSON.quoted)))",
            "\"warnings\":\(Self.array(warnings.map(AuditJSON.quoted)))",
            "\"lanes\":\(lanes)",
            "\"policy\":" + Self.object([
                "\"generation\":\(generation)", "\"keys\":\(keys)", "\"bound_keys\":\(boundKeys)",
                "\"bound_keys_unavailable\":\(unavailableCredentials)",
            ]),
            "\"exchanges\":\(Self.object(exchanges))",
            "\"clients\":{\"connections\":\(connections)}",
            "\"upstream\":" + Self.object([
                "\"connections\":\(upstream.open)", "\"idle\":\(upstream.idle)", "\"waiting\":\(upstream.waiting)",
                "\"addresses\":\(upstream.addresses)", "\"left_out\":\(upstream.leftOut)",
            ]),
            "\"audit\":" + Self.object([
                "\"sequence\":\(audit.lastSequence)", "\"signed_sequence\":\(audit.signedSequence)",
                "\"queued\":\(audit.queuedRecords)", "\"failed\":\(audit.failedRecords)",
                "\"on_reserve\":\(audit.isOnReserve)",
                "\"failure\":\(audit.failure.map { AuditJSON.quoted("\($0)") } ?? "null")",
            ]),
            "\"exporters\":\(Self.array(exporters))",
            "\"certificates\":\(Self.array(certificates))",
        ]) + "\n"
    }

    private static func object(_ members: [String]) -> String { "{" + members.joined(separator: ",") + "}" }

    private static func array(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }
}
