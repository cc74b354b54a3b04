import AccessControl
import HTTPWire

extension Settings {
    /// How much of everything clients and the appliance may send and hold. Sizes are bytes.
    package struct Limits: Sendable, Equatable {
        /// Heads, chunks and trailers of requests.
        package var request = HTTPLimits()
        /// Heads, chunks and trailers of the appliance's answers.
        package var response = HTTPLimits()
        /// Targets of requests.
        package var target = TargetLimits()
        /// One request body; `UInt64.max`: unlimited.
        package var body = UInt64.max
        /// Instead of `body` for operations that need these scopes.
        package var bodies: [ScopedBody] = []
        /// Connections from clients at once, over all listeners and lanes.
        package var connections = 10_000
        /// Connections from one client address at once.
        package var connectionsPerClient = 1_000
        /// Requests on one connection before it is closed; `Int.max`: unlimited.
        package var requestsPerConnection = Int.max
        /// Requests in a row that come before the answer to the one before them.
        package var pipelining = 256
        /// Each buffer that a connection borrows, and each lane's receive buffer.
        package var buffer = 64 * 1024
        /// Buffers that one lane keeps for reuse.
        package var idleBuffers = 256
        /// What is read and dropped of a request body that nobody wants, so that the client sees the answer.
        package var linger = 16 << 20

        package init() {}

        /// Room in a buffer for what the gateway adds to a head: Host, Via, X-Forwarded-*, X-Request-ID and the
        /// credential.
        static let rebuiltHeadBytes = 6 * 1024
    }

    /// How long a body of operations that need a scope may be.
    package struct ScopedBody: Sendable, Equatable {
        package var scope: Scope
        /// `UInt64.max`: unlimited.
        package var bytes: UInt64

        package init(scope: Scope, bytes: UInt64) {
            self.scope = scope
            self.bytes = bytes
        }
    }

    /// How long things may take, in milliseconds; 0: as long as they like, where the setting allows it.
    package struct Timeouts: Sendable, Equatable {
        /// From the first byte of a connection or a request to the end of its head.
        package var head: UInt64 = 10_000
        /// Between two pieces of a request body.
        package var bodyIdle: UInt64 = 30_000
        /// Bytes a second of a request body on average; 0: any pace.
        package var bodyRate = 64
        /// Between two requests of a connection.
        package var idle: UInt64 = 75_000
        /// From the head of a request to the last byte of its answer; 0: none.
        package var exchange: UInt64 = 0
        /// Between two pieces that a peer takes of what is sent to it.
        package var write: UInt64 = 30_000
        /// Bytes a second of an answer on average while it waits for the client; 0: any pace.
        package var answerRate = 256
        /// For a client to stop sending a body that nobody wants.
        package var linger: UInt64 = 10_000
        /// For an audit record to be stored.
        package var audit: UInt64 = 10_000
        /// For exchanges in flight to end when the gateway stops.
        package var drain: UInt64 = 30_000

        package init() {}
    }
}
