import Synchronization

/// The simulated appliance: requests in, responses out, state in memory. May be called from any thread.
package final class Appliance: Sendable {
    package let settings: SimulatorSettings

    package init(_ settings: SimulatorSettings = SimulatorSettings()) { self.settings = settings }

    /// Routes, runs and answers one request, and records it.
    package func answer(_ request: SimulatedRequest) -> SimulatedResponse { SimulatedResponse(status: 404) }

    /// The requests seen, oldest first, at most ``SimulatorLimits/observations``.
    package var observations: [ObservedRequest] { [] }

    package func forgetObservations() {}

    /// Waits until a recorded request matches; nil after `milliseconds`.
    package func observation(
        within milliseconds: Int = 5_000, where matches: @escaping @Sendable (ObservedRequest) -> Bool
    ) -> ObservedRequest? { nil }

    /// The connectors as stored, by id.
    package var connectors: [CloudConnector] { settings.seed.connectors }

    /// Back to the seed: connectors and jobs as at the start, observations gone.
    package func reset() {}
}
