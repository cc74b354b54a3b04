/// Serves an ``Appliance`` over TCP with its own tolerant HTTP/1.1 reader, one thread per connection.
package final class SimulatorServer: Sendable {
    package let appliance: Appliance
    private let core: SimulatorCore

    package init(_ settings: SimulatorSettings = SimulatorSettings(), scenario: ScenarioChoice? = nil) {
        appliance = Appliance(settings)
        core = SimulatorCore(appliance, scenario: scenario)
    }

    deinit { core.stop() }

    /// Listens and accepts. Returns the bound port; after `stop()` it is the same one again.
    @discardableResult
    package func start() throws(SimulatorError) -> UInt16 { try core.start() }

    /// The bound port; 0 before `start()`.
    package var port: UInt16 { core.port }

    /// Replaces the scenario for the requests that come from now on.
    package func setScenario(_ scenario: ScenarioChoice?) { core.setScenario(scenario) }

    /// How many connections are open.
    package var connectionCount: Int { core.openCount }

    /// How many connections were ever accepted.
    package var acceptedCount: Int { core.acceptedCount }

    /// Closes all connections, idle or not, as a crash would. The server keeps listening.
    package func dropConnections() { core.dropConnections() }

    /// Stops listening, closes every connection and waits for them to end.
    package func stop() { core.stop() }
}
