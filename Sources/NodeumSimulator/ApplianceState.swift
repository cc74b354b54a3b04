/// What changes while the appliance runs.
struct ApplianceState {
    var connectors: [CloudConnector]
    var nextID: Int
    var jobs = JobQueue()

    init(_ seed: ApplianceSeed) {
        connectors = seed.connectors.sorted { $0.id < $1.id }
        nextID = (connectors.last?.id ?? 0) + 1
    }
}
