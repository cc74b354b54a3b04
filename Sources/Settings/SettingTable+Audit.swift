extension SettingTable {
    static let audit: [Entry] = [
        .value("path", \.settings.audit.path, .path(), "The log's first file; made when it does not exist."),
        .value(
            "durability", \.settings.audit.durability, .word,
            "What a record survives: the death of the `process`, or a `power` cut, which costs a disk flush per group."),
        .value(
            "queue_limit", \.settings.audit.queueLimit, .count(16...1_000_000),
            "Records that may wait to be stored; beyond it requests are refused with 503."),
        .value("group_limit", \.settings.audit.groupLimit, .count(1...65_536), "Records stored in one transaction."),
        .value(
            "lane_limit", \.settings.audit.laneLimit, .count(0...65_536),
            """
            Records that a lane stores itself while the writer has nothing to do, which is cheapest; more, or more than \
            `audit.group_limit`, and every one with durability `power`, go to the writer's queue. `0`: all do.
            """),
        .value(
            "lane_patience", \.settings.audit.lanePatience, .duration(1...10_000),
            """
            How long that may take. When the disk was slower, lanes leave all records to the writer's queue for ten \
            times as long as they waited.
            """),
        .value(
            "partition_size", \.settings.audit.partitionSize, .size(1 << 20...1 << 40),
            "The size of one file of the log, about; then the next one begins, beside it."),
        .value(
            "partition_age", \.settings.audit.partitionAge, .duration(60_000...366 * 86_400_000),
            "The age at which a file ends, and the next one begins."),
        .value(
            "retention_age", \.settings.audit.retentionAge, .duration(60_000...36_600 * 86_400_000, none: true),
            """
            How long records are kept. Whole files are removed, so they stay longer by up to `audit.partition_age`; each \
            removal is a record itself. `none`: for ever.
            """),
        .value(
            "retention_size", \.settings.audit.retentionSize, .size(2 << 20...1 << 50, unlimited: true),
            "How large all files of the log may be together; beyond it the oldest is removed."),
        .value(
            "reserve", \.settings.audit.reserve, .size(0...1 << 40),
            """
            Room that is kept on the disk. When there is no other, requests are refused with 503, and the refusals are \
            recorded in it. `0B`: none is kept.
            """),
        .section("checkpoints", "Signed statements of where the log stands, by which cuts and rewriting are found.", [
            .value(
                "records", \.settings.audit.checkpoints.records, .count(1...10_000_000),
                "Records after which there is a statement."),
            .value(
                "interval", \.settings.audit.checkpoints.interval, .duration(1_000...86_400_000),
                "After so long there is a statement if there are new records."),
            .value(
                "key_file", \.checkpointKey, .path(empty: "that of the log with `.key` behind it"),
                "The key that signs; made when it does not exist. `nodegate audit key` shows its public half."),
            .value(
                "file", \.checkpointFile, .path(empty: "that of the log with `.checkpoints` behind it"),
                "Statements are appended to it, one a line. Copy them to where nobody of this machine can change them."),
        ]),
        .value(
            "index", \.settings.audit.index, .word,
            "Whether files of the log get an index beside them, so that questions about many records are answered fast."),
        .list(
            "exporters", \.exporters, atMost: 8, blank: Settings.Exporter(), exporter,
            """
            Where every record is copied to, at least once and in order. An exporter that is behind never holds up a \
            request; it goes on where it was after a restart.
            """),
    ]

    private static let exporter: [SettingEntry<Settings.Exporter>] = [
        .value(
            "name", \.name, .name("a name made of letters, digits, `-` and `_`"), required: "siem",
            "What it is called; how far it came is remembered by this name."),
        .value(
            "target", \.target, .exportTarget, required: "tcp://siem.example:601",
            """
            A file, which is rotated at 100 MiB and opened anew by SIGHUP; syslog (RFC 5424) over UDP, TCP or TLS; or \
            HTTP or HTTPS, by POST of lines.
            """),
        .value(
            "format", \.format, .word,
            "How a record is written: nodegate's own JSON, OCSF API Activity, or ArcSight's Common Event Format."),
        .value("batch", \.batch, .count(1...10_000), "Records that are sent at once."),
        .value("timeout", \.timeout, .duration(100...60_000), "How long a connection, a piece or an answer may take."),
        .value(
            "authorization_file", \.authorizationFile, .path(empty: "none"),
            """
            For HTTPS: a file that holds the value of the Authorization field, such as `Bearer TOKEN`, and nothing else. \
            It must not be readable for everybody.
            """),
        .value(
            "tls_server_name", \.tls.serverName, .authorityHost(empty: "the host of the target"),
            "The host name or address that the receiver's certificate must be for. A name is also sent (SNI)."),
        .value(
            "tls_authorities", \.tls.authorities, .path(),
            "A PEM file of who may vouch for the receiver; `system`: the system's store."),
        .value(
            "tls_revocation", \.tls.revocation, .path(empty: "none"),
            "Revocation lists in PEM; with them every certificate of a chain needs a current list of its issuer."),
        .value(
            "tls_pins", \.tls.pins, .digests, takesSequence: true,
            "The receiver's public key must be one of these (SHA-256); none: any key."),
        .value(
            "tls_certificate", \.tls.certificate, .path(empty: "none"),
            "The gateway's own certificate in PEM, where the receiver asks for one."),
        .value(
            "tls_key", \.tls.key, .path(empty: "in the certificate's file"),
            "The private key of that certificate in PEM. It must not be readable for everybody."),
        .value(
            "tls_minimum_version", \.tls.minimumVersion, .word, "The least version of TLS; nothing older is spoken."),
    ]
}
