extension SettingTable {
    private static let scopedBody: [SettingEntry<SettingsDraft.ScopedBody>] = [
        .value("scope", \.scope, .neededScope, required: "pools/update", "What the operations need."),
        .value(
            "size", \.bytes, .size(0...(1 << 40), unlimited: true), required: "64KiB", "The body of one of their requests."),
    ]

    static let limits: [Entry] = [
        .value(
            "request_line", \.settings.limits.request.startLineBytes, .size(256...32_768),
            "The first line of a request; longer ones are answered with 414."),
        .value(
            "fields", \.settings.limits.request.fieldCount, .count(8...1_000),
            "Header fields of a request; more are answered with 431."),
        .value(
            "field_bytes", \.settings.limits.request.fieldBytes, .size(1_024...1_048_576),
            "All header fields of a request together."),
        .value(
            "response_fields", \.settings.limits.response.fieldCount, .count(8...1_000),
            "Header fields of the appliance's answer; more are answered with 502."),
        .value(
            "response_field_bytes", \.settings.limits.response.fieldBytes, .size(1_024...1_048_576),
            "All header fields of the appliance's answer together."),
        .value(
            "connection_options", \.settings.limits.request.connectionOptions, .count(1...64),
            "Names in Connection fields, of requests and answers."),
        .value(
            "target", \.settings.limits.target.bytes, .size(256...65_536),
            "Path and query in canonical form, where escapes count three bytes."),
        .value(
            "path_segments", \.settings.limits.target.segments, .count(8...64),
            "Segments of a path, those of the API's prefix included."),
        .value("query_parameters", \.settings.limits.target.parameters, .count(1...1_000), "Parameters of a query."),
        .value(
            "body", \.settings.limits.body, .size(0...(1 << 40), unlimited: true),
            "The body of one request; longer ones are answered with 413. Bodies stream, so they cost no memory."),
        .list(
            "bodies", \.bodies, atMost: 256, blank: SettingsDraft.ScopedBody(), scopedBody,
            "Other limits than `body` for the operations that need a scope."),
        .value(
            "chunk_line", \.settings.limits.request.chunkLineBytes, .size(16...4_096),
            "The line before each chunk of a body, of requests and answers."),
        .value(
            "chunk_extensions", \.settings.limits.request.chunkExtensionBytes, .size(0...65_536),
            "All chunk extensions of a body. They are dropped in any case."),
        .value(
            "trailers", \.settings.limits.request.trailerCount, .count(0...1_000),
            "Trailer fields of a body. They are dropped in any case."),
        .value("trailer_bytes", \.settings.limits.request.trailerBytes, .size(0...65_536), "All trailer fields of a body."),
        .value(
            "connections", \.settings.limits.connections, .count(1...1_000_000),
            "Connections of clients at once. Each takes a file descriptor: see `ulimit -n`."),
        .value(
            "connections_per_client", \.settings.limits.connectionsPerClient, .count(1...1_000_000),
            """
            Connections of one client address at once. Those of a trusted proxy count as the client's that it names, \
            with X-Forwarded-For while they carry its request.
            """),
        .value(
            "requests_per_connection", \.settings.limits.requestsPerConnection, .count(1...1_000_000_000, unlimited: true),
            "Requests on one connection before it is closed."),
        .value(
            "pipelining", \.settings.limits.pipelining, .count(0...10_000),
            """
            Requests in a row that a client may send before it has the answer to the one before; the next one is answered \
            with 429, and the connection ends. They are served one after the other in any case.
            """),
        .value(
            "buffer", \.settings.limits.buffer, .size(16_384...1_048_576),
            "Each buffer: a connection has at most one for each direction. It must hold a whole head."),
        .value("idle_buffers", \.settings.limits.idleBuffers, .count(0...65_536), "Buffers that a lane keeps for reuse."),
        .value(
            "linger", \.settings.limits.linger, .size(0...(1 << 30)),
            "What is read and dropped of a body that nobody wants, so that the client sees the answer."),
    ]

    static let timeouts: [Entry] = [
        .value("head", \.settings.timeouts.head, .duration(100...600_000), "For a client to send the head of a request."),
        .value(
            "body_idle", \.settings.timeouts.bodyIdle, .duration(100...3_600_000), "Between two pieces of a request's body."),
        .value(
            "body_rate", \.settings.timeouts.bodyRate, .size(0...1_048_576),
            """
            Bytes a second that a client must send of a request's body, on average over `body_idle`; slower ones are \
            answered with 408. 0B: any pace.
            """),
        .value("idle", \.settings.timeouts.idle, .duration(100...86_400_000), "Between two requests of a connection."),
        .value(
            "exchange", \.settings.timeouts.exchange, .duration(1_000...604_800_000, none: true),
            "From the head of a request to the last byte of its answer, downloads and uploads included."),
        .value(
            "write", \.settings.timeouts.write, .duration(100...3_600_000),
            "For the client or the appliance to take the next piece of what is sent to it."),
        .value(
            "answer_rate", \.settings.timeouts.answerRate, .size(0...1_048_576),
            """
            Bytes a second that a client must take of an answer that waits for it, on average over `write`; slower ones are \
            cut off. 0B: any pace.
            """),
        .value(
            "linger", \.settings.timeouts.linger, .duration(100...600_000),
            "For a client to stop sending a body that nobody wants."),
        .value(
            "audit", \.settings.timeouts.audit, .duration(100...600_000),
            "For a record to be stored; after it the request is refused with 503."),
        .value(
            "drain", \.settings.timeouts.drain, .duration(0...3_600_000),
            "For exchanges in flight to end when the gateway is told to stop."),
    ]
}
