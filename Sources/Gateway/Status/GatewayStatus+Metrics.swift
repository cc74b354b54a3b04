import AccessControl
import AuditTrail

extension GatewayStatus {
    /// Everything as Prometheus reads it.
    var metrics: String {
        var text = MetricsText()
        appendExchanges(to: &text)
        appendConnections(to: &text)
        appendAudit(to: &text)
        appendState(to: &text)
        appendProcess(to: &text)
        return text.text
    }

    private func appendExchanges(to text: inout MetricsText) {
        text.metric(
            "exchanges_total", .counter,
            "Exchanges that are over, by decision and reason code. would_deny: let through by observe mode alone.")
        for decision in AuditDecision.allCases {
            for reason in ReasonCode.allCases {
                let count = counters.exchanges(decision, reason)
                // Those that operators watch for are there from the start.
                guard count > 0 || (decision == .permit && reason == .allowed)
                    || (decision == .wouldDeny && reason == .missingScope)
                    || (decision == .deny && reason == .missingScope)
                else { continue }
                text.sample(
                    "exchanges_total", "\(count)",
                    [("decision", "\(decision.text)"), ("reason", "\(reason.text)")])
            }
        }
        text.metric("answers_total", .counter, "Exchanges that are over, by the status that the client got; 0: none.")
        for (status, count) in counters.answered { text.sample("answers_total", "\(count)", [("status", "\(status)")]) }
        text.histogram(
            "exchange_duration_seconds", counters.duration,
            "From the head of a request to the last byte of its answer.")
        text.histogram(
            "upstream_duration_seconds", counters.upstream,
            "From a request on its way to the appliance to the head of its answer.")
        text.metric("body_bytes_total", .counter, "Body bytes from clients (in) and to them (out).")
        text.sample("body_bytes_total", "\(counters.bytesIn)", [("direction", "in")])
        text.sample("body_bytes_total", "\(counters.bytesOut)", [("direction", "out")])
        text.single("values_redacted_total", .counter, counters.redacted, "Protected values that were masked.")
        text.single("values_revealed_total", .counter, counters.revealed, "Protected values that left in clear, to holders.")
    }

    private func appendConnections(to text: inout MetricsText) {
        text.single("connections", .gauge, connections, "Clients' connections at the moment.")
        text.single("connections_total", .counter, counters.connections, "Clients' connections that were accepted.")
        text.metric("tls_handshakes_total", .counter, "TLS handshakes with clients that came about; the others are troubles.")
        for (index, labels) in [("1.2", "full"), ("1.2", "resumed"), ("1.3", "full"), ("1.3", "resumed")].enumerated() {
            text.sample(
                "tls_handshakes_total", "\(counters.handshakes[index])", [("version", labels.0), ("kind", labels.1)])
        }
        text.metric("troubles_total", .counter, "What the operator's log speaks of, counted each time.")
        for report in reports { text.sample("troubles_total", "\(report.count)", [("kind", report.name)]) }
        text.single("upstream_connections", .gauge, upstream.open, "Connections to the appliance, idle ones included.")
        text.single("upstream_connections_idle", .gauge, upstream.idle, "Connections to the appliance that wait for use.")
        text.single("upstream_waiting", .gauge, upstream.waiting, "Exchanges that wait for a connection to the appliance.")
        text.single("upstream_connections_total", .counter, upstream.made, "Connections to the appliance that came about.")
        text.single("upstream_connection_failures_total", .counter, upstream.failed, "Those that did not.")
        text.single("upstream_addresses", .gauge, upstream.addresses, "Addresses behind the appliance's name.")
        text.single("upstream_addresses_left_out", .gauge, upstream.leftOut, "Those that are left out since they failed.")
        text.single("upstream_probes_total", .counter, upstream.probes, "Connections that tried whether they work again.")
        text.single("throttle_entries", .gauge, throttled, "Entries by which refused credentials are counted.")
    }

    private func appendAudit(to text: inout MetricsText) {
        text.single("audit_records_total", .counter, audit.storedRecords, "Audit records stored since the start.")
        text.single("audit_records_failed_total", .counter, audit.failedRecords, "Audit records that could not be stored.")
        text.single("audit_groups_total", .counter, audit.groups, "Transactions that stored them.")
        text.single("audit_lane_groups_total", .counter, audit.laneGroups, "Those that a lane stored itself.")
        text.single(
            "audit_slow_lane_groups_total", .counter, audit.slowLaneGroups,
            "Groups that a lane found slow to store, or locked: lanes then left records to the writer's queue for a while.")
        text.single("audit_records_queued", .gauge, audit.queuedRecords, "Audit records that wait to be stored.")
        text.single("audit_on_reserve", .gauge, audit.isOnReserve ? 1 : 0, "1: the disk is full, and requests are refused.")
        text.single("audit_sequence", .gauge, audit.lastSequence, "The number of the newest audit record.")
        text.single("audit_signed_sequence", .gauge, audit.signedSequence, "The newest record that a signed checkpoint covers.")
        text.single("audit_records_lost", .gauge, audit.lostRecords, "Signed records that were missing at the start.")
        text.single(
            "audit_checkpoints_unpublished_total", .counter, audit.unpublishedCheckpoints,
            "Signed checkpoints that could not be appended to their file.")
        guard !exporters.isEmpty else { return }
        text.metric("exporter_lag_records", .gauge, "Audit records that an exporter has not delivered yet.")
        for exporter in exporters { text.sample("exporter_lag_records", "\(exporter.lag)", [("exporter", exporter.name)]) }
        text.metric("exporter_records_total", .counter, "Audit records delivered since the start.")
        for exporter in exporters {
            text.sample("exporter_records_total", "\(exporter.exportedRecords)", [("exporter", exporter.name)])
        }
        text.metric("exporter_failures_total", .counter, "Batches that could not be delivered, and are tried again.")
        for exporter in exporters {
            text.sample("exporter_failures_total", "\(exporter.failures)", [("exporter", exporter.name)])
        }
        text.metric("exporter_records_skipped_total", .counter, "Audit records that retention removed before they were delivered.")
        for exporter in exporters {
            text.sample("exporter_records_skipped_total", "\(exporter.skippedRecords)", [("exporter", exporter.name)])
        }
    }

    private func appendState(to text: inout MetricsText) {
        text.single("ready", .gauge, isReady ? 1 : 0, "1: requests can be served.")
        text.single("lanes", .gauge, lanes, "Serial queues that share the connections.")
        text.single("policy_generation", .gauge, generation, "Counts up with every change of keys and scopes.")
        text.single("keys", .gauge, keys, "API keys that the gateway knows, revoked and expired ones included.")
        text.single("bound_keys", .gauge, boundKeys, "API keys with an appliance credential of their own.")
        text.single(
            "bound_keys_unavailable", .gauge, unavailableCredentials,
            "Those that are refused, because their credential cannot be opened.")
        if let tokenKeys {
            text.single("token_keys", .gauge, tokenKeys.keyCount, "Keys that tokens are verified with; 0: none are at hand.")
            if let age = tokenKeys.age {
                text.single("token_keys_age_seconds", .gauge, age, "Since the issuer's key set was fetched.")
            }
            text.single(
                "token_key_fetch_failures_total", .counter, tokenKeys.failures, "Fetches of the issuer's key set that failed.")
            text.single("tokens_verified_total", .counter, tokensVerified, "Tokens whose signature and claims were verified.")
            text.single("tokens_remembered", .gauge, tokensRemembered, "Verified tokens that are known by their digest.")
        }
        guard !certificates.isEmpty else { return }
        text.metric("certificate_expiry_timestamp_seconds", .gauge, "When a certificate in use ends, in Unix seconds.")
        for shown in certificates {
            text.sample(
                "certificate_expiry_timestamp_seconds", "\(shown.certificate.notAfter)",
                [("setting", shown.setting), ("file", shown.file)])
        }
    }

    private func appendProcess(to text: inout MetricsText) {
        text.prefix = ""
        text.metric("process_cpu_seconds_total", .counter, "Processor time of the process.")
        text.sample("process_cpu_seconds_total", MetricsText.seconds(process.processorMicroseconds))
        text.single("process_resident_memory_bytes", .gauge, process.residentBytes, "Memory of the process that is in use.")
        text.single("process_open_fds", .gauge, process.openFiles, "Open file descriptors.")
        text.single("process_max_fds", .gauge, process.fileLimit, "File descriptors that it may open.")
    }
}
