/// libcrypto refused: out of memory, no source of randomness, or an algorithm that its configuration forbids.
package enum CryptographyError: Error, Equatable, CustomStringConvertible {
    case unavailable(String)

    package var description: String {
        switch self {
        case .unavailable(let what): "libcrypto cannot provide \(what)"
        }
    }
}
