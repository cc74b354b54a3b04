/// Serves an ``Appliance`` over TCP with its own tolerant HTTP/1.1 reader, one thread per connection.
package final class SimulatorServer: Sendable {
    package let appliance: Appliance

    package init(_ settings: SimulatorSettings = SimulatorSettings(), scenario: ScenarioChoice? = nil) {
        appliance = Appliance(settings)
    }

    /// Listens and accepts. Returns the bound port.
    @discardableResult
    package func start() throws(SimulatorError) -> UInt16 { throw .alreadyStarted }

    /// The bound port; 0 before `start()`.
    package var port: UInt16 { 0 }

    /// Replaces the scenario for the requests that come from now on.
    package func setScenario(_ scenario: ScenarioChoice?) {}

    /// How many connections are open.
    package var connectionCount: Int { 0 }

    /// How many connections were ever accepted.
    package var acceptedCount: Int { 0 }

    /// Closes all connections, idle or not, as a crash would. The server keeps listening.
    package func dropConnections() {}

    /// Stops listening, closes every connection and waits for them to end.
    package func stop() {}
}
