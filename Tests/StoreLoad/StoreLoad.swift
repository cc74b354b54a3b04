import AccessControl
import Glibc
import Store

/// Changes a key store in a process of its own:
///
///     StoreLoad write PATH PREFIX        makes keys PREFIX-1, PREFIX-2, ... with two grants each, denies one scope and
///                                        revokes each, until killed; prints the name of each key that is complete
///     StoreLoad create PATH PREFIX COUNT the same COUNT times, opening the store anew for each
@main
struct StoreLoad {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4 else { exit(64) }
        let path = arguments[2]
        let prefix = arguments[3]
        do throws(StoreError) {
            switch arguments[1] {
            case "write":
                let store = try KeyStore.open(path: path, pepperPath: path + ".pepper")
                var number = 0
                while true {
                    number += 1
                    try addKey("\(prefix)-\(number)", to: store)
                }
            case "create":
                for number in 0..<(arguments.count > 4 ? Int(arguments[4]) ?? 0 : 0) {
                    try addKey("\(prefix)-\(number)", to: try KeyStore.open(path: path, pepperPath: path + ".pepper"))
                }
            default: exit(64)
            }
        } catch {
            say("error \(error)")
            exit(1)
        }
    }

    static func addKey(_ name: String, to store: KeyStore) throws(StoreError) {
        let author = Authorship(actor: "load(0)", time: 1_790_000_000_000_000)
        let grants = ["nas/*", "pools/show"].compactMap { ScopePattern($0) }
        let denials = ["*/destroy"].compactMap { ScopePattern($0) }
        let made = try store.create(KeyDraft(name: name, grants: grants), by: author)
        _ = try store.add(denials, as: .deny, to: String(made.key.id), by: author)
        _ = try store.revoke(name, by: author)
        say(name)
    }

    static func say(_ text: String) {
        let line = text + "\n"
        _ = line.withCString { Glibc.write(1, $0, strlen($0)) }
    }
}
