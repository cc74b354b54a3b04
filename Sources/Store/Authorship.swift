import Glibc

/// Who changes the store, and when.
package struct Authorship: Sendable, Equatable {
    /// `root(0)`.
    package let actor: String
    /// Microseconds since 1970 UTC.
    package let time: Int64

    package init(actor: String, time: Int64) {
        self.actor = actor
        self.time = time
    }

    /// The user whom this process runs as.
    package static func currentUser(at time: Int64) -> Authorship {
        Authorship(actor: SystemUser.current, time: time)
    }

    /// A user of the system by number: `root(0)`.
    package static func actor(user: UInt32) -> String { SystemUser.named(user) }

    var seconds: Int64 { time / 1_000_000 }
}

enum SystemUser {
    /// Bytes for one entry of the user database; longer ones are named by their number alone.
    private static let entryBytes = 16 * 1_024

    /// Name and number of the effective user: `root(0)`.
    static var current: String { named(geteuid()) }

    static func named(_ id: uid_t) -> String {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var room = [CChar](repeating: 0, count: entryBytes)
        // Safe: the name lies in `room`, and is copied before that goes away.
        let name: String? = unsafe room.withUnsafeMutableBufferPointer { room in
            guard let start = room.baseAddress,
                unsafe getpwuid_r(id, &entry, start, room.count, &found) == 0, unsafe found != nil,
                let name = unsafe entry.pw_name
            else { return nil }
            return unsafe String(cString: name)
        }
        return "\(name ?? "")(\(id))"
    }
}
