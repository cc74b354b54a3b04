import AccessControl
import HTTPWire

/// Every setting there is.
enum SettingTable {
    typealias Entry = SettingEntry<SettingsDraft>

    static let entries: [Entry] = [
        .list(
            "listeners", \.listeners, atMost: 64, blank: Settings.Listener(), shorthand: "address", listener,
            """
            Where clients connect. An item may be just an address. NODEGATE_LISTENERS takes addresses separated by \
            commas, or a list in YAML or JSON.
            """),
        .value(
            "lanes", \.settings.lanes, .count(0...256),
            "Serial queues that share the connections, each with its own part of the limits; 0: one per core."),
        .section("upstream", "The appliance.", upstream),
        .section("store", "The database of keys.", store),
        .section("operations", "The operations of the appliance's API and the scopes they need.", operations),
        .section("audit", "The audit log: one record per exchange, refusals included.", audit),
        .section("redaction", "Secrets in answers.", redaction),
        .section("limits", "How much of everything clients and the appliance may send and hold.", limits),
        .section("timeouts", "How long things may take.", timeouts),
        .value(
            "cookies", \.settings.cookies, .word,
            """
            What becomes of Cookie and Set-Cookie fields, in both directions. With `pass` a browser's session at the \
            appliance could act beside the key.
            """),
        .value(
            "request_fields", \.settings.requestFields, .fieldNames, takesSequence: true,
            "Header fields of requests that pass to the appliance beside those that its API needs. All others are dropped."),
        .value(
            "enforcement", \.settings.enforcement, .word,
            """
            With `observe`, requests that would be refused only because no grant covers an ordinary scope are let \
            through and marked `would_deny` in the audit log. Everything else is refused as ever.
            """),
        .section("authentication", "Credentials of clients beside API keys.", authentication),
        .section("throttle", "Refused credentials. A key that is valid is never throttled.", throttle),
        .section("cross_origin", "Pages of other origins that use the API from a browser (CORS).", crossOrigin),
        .section("status", "The listener for operators: metrics, status and probes. It names no key and no client.", status),
        .section("log", "The operator's log, on standard error. It never holds keys or secrets.", [
            .value("level", \.settings.log.level, .word, "The least severe messages that are written."),
            .value("format", \.settings.log.format, .word, "Lines for people, or one JSON object a line."),
        ]),
    ]

    private static let listener: [SettingEntry<Settings.Listener>] = [
        .value(
            "address", \.address, .listenAddress, required: "127.0.0.1:8080",
            "The address. Beyond the machine itself only with TLS, of its own or of something in front."),
        .value(
            "name", \.name, .label("1 to 64 printable ASCII characters", empty: "the address"),
            "What the listener is called in logs and metrics."),
        .value(
            "backlog", \.backlog, .count(1...65_535),
            "Connections that the kernel completes before they are accepted. The kernel has a limit of its own."),
        .value(
            "trusted_proxies", \.trustedProxies, .networks, takesSequence: true,
            """
            Addresses of your own proxies in front. Only from them X-Forwarded-For and the PROXY protocol are believed.
            """),
        .value(
            "proxy_protocol", \.proxyProtocol, .word,
            "The version of the PROXY protocol that every connection begins with; it must come from a trusted proxy."),
        .value(
            "enforcement", \.enforcement, .word,
            "Whether lack of scope refuses on this listener; `inherit`: what `enforcement` says for all."),
    ] + listenerTLS

    private static let status: [Entry] = [
        .value(
            "address", \.settings.status.address, .listenAddress(empty: "none"),
            """
            Where `/metrics` (Prometheus), `/status`, `/livez` and `/readyz` are answered, in plain HTTP and to whoever \
            comes: an address that only operators reach, such as `127.0.0.1:9464`.
            """),
        .value("connections", \.settings.status.connections, .count(1...1_024), "Connections to it at once."),
    ]

    private static let throttle: [Entry] = [
        .value(
            "failures", \.settings.throttle.failures, .count(1...1_000_000, unlimited: true),
            "Refused credentials of one client address within the window; further ones are answered with 429."),
        .value("window", \.settings.throttle.window, .duration(1_000...3_600_000), "How long refused credentials count."),
        .value(
            "addresses", \.settings.throttle.addresses, .count(16...1_000_000),
            "Client addresses that each lane remembers; beyond it the oldest is forgotten."),
    ]

    private static let crossOrigin: [Entry] = [
        .value(
            "origins", \.settings.crossOrigin.origins, .origins, takesSequence: true,
            "Origins that may, as browsers send them; preflights of others are refused like any unknown method."),
        .value(
            "max_age", \.settings.crossOrigin.maximumAge, .duration(0...86_400_000),
            "How long a browser may remember the answer to a preflight."),
    ]

    private static let upstream: [Entry] = [
        .value("url", \.url, .url, required: "http://127.0.0.1:8081",
            "Where the appliance's web server is: `https` for TLS, which `upstream.tls` is about."),
        .value(
            "host", \.hostField, .authority(empty: "that of the URL"), "The Host field that the appliance sees."),
        .section("credential", "What the appliance sees in Authorization. There is no default: choose one.", [
            .value(
                "mode", \.credentialMode, .word, required: "passthrough",
                """
                `passthrough`: what the client sent, so keys must be the appliance's own. `bearer`: the gateway's own \
                appliance key. `basic`: the gateway's own user and password, which at the appliance may do everything.
                """),
            .value(
                "file", \.credentialFile, .path(empty: "none"),
                """
                For `bearer` and `basic`: a file that holds the key, or `user:password`, and nothing else. It must not \
                be readable for everybody.
                """),
            .value(
                "environment", \.credentialVariable, .variable(empty: "none"),
                "For `bearer` and `basic`, instead of a file: the environment variable that holds it."),
            .value(
                "systemd", \.credentialName, .credentialName,
                """
                For `bearer` and `basic`, instead of a file: the name of a credential that systemd hands to the service \
                (`LoadCredential=`), a file in `$CREDENTIALS_DIRECTORY`.
                """),
        ]),
        .value(
            "key_id", \.settings.upstream.keyID, .word,
            """
            Whether the appliance is told the id of the client's key, in `X-Nodegate-Key-Id`. What clients send in that \
            field never passes.
            """),
        .section("tls", "TLS to the appliance, where `upstream.url` is https.", upstreamTLS),
        .value(
            "connect_timeout", \.settings.upstream.connectTimeout, .duration(10...300_000),
            "For a connection to come about, and for a request to wait for a free one."),
        .value(
            "response_timeout", \.settings.upstream.responseTimeout, .duration(10...86_400_000),
            "From the end of a request to the first byte of its answer."),
        .value(
            "body_timeout", \.settings.upstream.bodyTimeout, .duration(10...86_400_000),
            "Between two pieces of an answer."),
        .value(
            "idle_timeout", \.settings.upstream.idleTimeout, .duration(10...3_600_000),
            "How long an unused connection is kept. Less than the appliance keeps it, which is 20s with Puma."),
        .value(
            "lookup_interval", \.settings.upstream.lookupInterval, .duration(1_000...86_400_000, none: true),
            """
            How often the name in `upstream.url` is looked up again; `none`: at start and on reload alone. When that fails, \
            the addresses of before stay in use.
            """),
        .value(
            "connections_per_lane", \.settings.upstream.connectionsPerLane, .count(1...65_535),
            "Connections of one lane to the appliance."),
        .value(
            "waiting_per_lane", \.settings.upstream.waitingPerLane, .count(0...1_000_000),
            "Requests of one lane that wait for a connection; more are refused with 503."),
    ]

    private static let store: [Entry] = [
        .value("path", \.settings.store.path, .path(), "The database's file; made when it does not exist."),
        .value(
            "pepper", \.pepper, .path(empty: "that of the database with `.pepper` behind it"),
            "The file of the secret that digests of keys are made with. Keep it apart from backups of the database."),
        .value(
            "master_keys", \.masterKeys, .path(empty: "that of the database with `.master-keys` behind it"),
            """
            The file of the keys that appliance credentials of single keys are sealed under (`nodegate keys bind`); made \
            with the first one. Keep it apart from backups of the database.
            """),
        .value(
            "poll_interval", \.settings.store.pollInterval, .duration(10...1_000),
            "Between two looks at whether keys have changed."),
    ]

    private static let operations: [Entry] = [
        .value(
            "file", \.settings.operations.file, .path(),
            "The table of operations; `nodegate operations import` makes one from the appliance's own description."),
        .value("prefix", \.settings.operations.prefix, .prefix, "The path below which the API lives."),
        .value(
            "patch", \.settings.operations.patch, .word,
            "What PATCH does: `refuse` it, or run the `update` of the same path, whose scope it then needs."),
        .list(
            "additional", \.additional, atMost: 256, blank: SettingsDraft.AdditionalOperation(), additional,
            "Scopes for operations that state none or that the table does not have. All others are denied."),
    ]

    private static let additional: [SettingEntry<SettingsDraft.AdditionalOperation>] = [
        .value("method", \.method, .method, required: "POST", "The method."),
        .value(
            "path", \.path, .template, required: "/systems/reset/generate_vars",
            "The path, with parameters in braces: `/pools/{pool_id}`."),
        .value("controller", \.controller, .name("a controller"), required: "systems", "The scope's controller."),
        .value("action", \.action, .name("an action"), required: "generate_vars", "The scope's action."),
    ]

    private static let redaction: [Entry] = [
        .value(
            "mask", \.settings.redaction.mask, .fixed(Settings.Redaction.onlyMask),
            "What shows in place of a secret: the appliance's own convention, which clients know."),
        .list(
            "rules", \.rules, atMost: 54, blank: SettingsDraft.AdditionalRule(), rule,
            """
            More fields to mask, beside those that are always masked: `secret_key` everywhere, `password` in answers \
            of nas_shares, `key` in answers of api_keys but for four characters, and what is a credential in \
            `url_proxy` and in `options` of connectors, buckets and shares.
            """),
        .value(
            "write_back", \.settings.redaction.writeBack, .word,
            """
            What becomes of a member of a request body that holds the mask instead of a secret: `drop` leaves it out, so \
            that the appliance keeps the secret; `refuse` answers with 422.
            """),
        .value(
            "redirects", \.settings.redaction.redirects, .word,
            """
            What becomes of an update of a connector that changes url, url_proxy or options and brings no new \
            secret_key, by a key that may not see the stored one: it would send that one elsewhere.
            """),
        .value(
            "depth", \.settings.redaction.limits.depth, .count(8...1024),
            "Arrays and objects open at once in an answer; deeper ones are not passed on."),
        .value(
            "name_bytes", \.settings.redaction.limits.keyBytes, .size(64...65_536),
            "A member's name in an answer, as sent."),
        .value("number_bytes", \.settings.redaction.limits.numberBytes, .size(32...65_536), "A number in an answer."),
    ]

    private static let rule: [SettingEntry<SettingsDraft.AdditionalRule>] = [
        .value(
            "field", \.field, .name("the name of a member"), required: "url_proxy",
            "The name of the member whose value is masked. Case counts."),
        .value(
            "controllers", \.controllers, .controllers, takesSequence: true,
            "Only in answers of operations of these controllers; none: everywhere."),
        .value(
            "actions", \.actions, .scopes, takesSequence: true,
            "Only in answers of operations that need one of these scopes, instead of whole controllers."),
        .value(
            "unlocked_by", \.unlockedBy, .scope, "Keys that hold exactly this scope see the value; `none`: no key does."),
        .value(
            "treatment", \.treatment, .word,
            """
            What becomes of the value: all of it is masked, all but the last four characters, the user and password of \
            a URL, or the values of credential-like names in options. What cannot be read so is masked whole.
            """),
    ]
}
