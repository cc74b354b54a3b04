/// Where the simulated appliance listens, whom it lets in, what it holds, and its limits.
package struct SimulatorSettings: Sendable {
    /// A name or an address without brackets, such as `127.0.0.1` or `::1`.
    package var host = "127.0.0.1"
    /// 0 lets the system choose; ``SimulatorServer/start()`` returns what was bound.
    package var port: UInt16 = 0
    package var credentials = ApplianceCredentials.demo
    package var seed = ApplianceSeed.demo
    package var precedence = ParameterPrecedence.bodyOverQuery
    package var limits = SimulatorLimits()
    /// Rails sets a session cookie; a gateway must not let it through.
    package var setsSessionCookie = true

    package init() {}
}

/// What the simulator holds at most. Sizes are in bytes.
package struct SimulatorLimits: Sendable {
    /// Connections served at the same time; more wait in the listen queue.
    package var connections = 256
    package var head = 112 * 1024
    /// How much of a body is kept for parameters; the rest is read, counted, hashed and dropped.
    package var parameterBody = 4 * 1024 * 1024
    /// How many requests the record of observations keeps; older ones fall out.
    package var observations = 512
    /// How much of a body an observation keeps.
    package var observedBody = 16 * 1024
    /// Jobs remembered; the oldest falls out.
    package var jobs = 256
    package var connectors = 10_000
    /// How long a connection may be silent, in seconds.
    package var idleSeconds = 120
    /// How long `stop()` waits for connections to end, in seconds.
    package var stopSeconds = 5

    package init() {}
}

/// Which of two equally named parameters wins. A path parameter always wins over both.
package enum ParameterPrecedence: Sendable {
    case bodyOverQuery
    case queryOverBody
}

/// What the simulated appliance accepts in `Authorization`.
package struct ApplianceCredentials: Sendable, Equatable {
    package struct User: Sendable, Equatable {
        package var name: String
        package var password: String

        package init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// Accepted after `Bearer` and bare.
    package var keys: [String]
    /// Accepted as Basic.
    package var users: [User]
    /// Lets everybody in, without any credential too.
    package var acceptsAny: Bool

    package init(keys: [String] = [], users: [User] = [], acceptsAny: Bool = false) {
        self.keys = keys
        self.users = users
        self.acceptsAny = acceptsAny
    }

    /// One key and one user, for demonstrations and tests.
    package static let demo = ApplianceCredentials(
        keys: ["demo-appliance-key-5f1c9a"], users: [User(name: "admin", password: "demo-appliance-password")])
    package static let any = ApplianceCredentials(acceptsAny: true)
}
