/// Why the simulator could not start.
package enum SimulatorError: Error, Equatable, CustomStringConvertible {
    case unknownHost(String, reason: String)
    case cannotListen(String, reason: String)
    case alreadyStarted

    package var description: String {
        switch self {
        case .unknownHost(let host, let reason):
            "the simulator cannot resolve '\(host)': \(reason); give an address such as 127.0.0.1"
        case .cannotListen(let address, let reason):
            "the simulator cannot listen on \(address): \(reason); choose another port, or 0 for any"
        case .alreadyStarted: "the simulator is already started; stop it first"
        }
    }
}
