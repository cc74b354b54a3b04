import Foundation
import GatewayTesting
import Testing

@Suite("What the process has in memory stays there")
struct ProcessSecrecyTests {
    /// A number that is nobody's: rights of root would hide what is asked here.
    private static let stranger: UInt32 = 64_123

    /// Whose /proc/PID/environ is: the process's own user, or root's where the process is not dumpable (proc(5)).
    private func owner(of process: RunningCommand) throws -> UInt32 {
        var status = stat()
        #expect(stat("/proc/\(process.identifier)/environ", &status) == 0)
        return status.st_uid
    }

    /// Runs it as somebody who is not root.
    private func run(_ program: String, _ arguments: [String]) throws -> RunningCommand {
        guard geteuid() == 0 else { return try RunningCommand(arguments, program: program) }
        return try RunningCommand(
            ["--reuid", "\(Self.stranger)", "--regid", "\(Self.stranger)", "--clear-groups", program] + arguments,
            program: "/usr/bin/setpriv")
    }

    @Test("The gateway cannot be dumped or read by processes of its own user; the command that waits beside it can")
    func dumpable() throws {
        let site = try TestSite()
        let user = geteuid() == 0 ? Self.stranger : geteuid()
        let path = try site.configure("log: {level: info}")
        for name in try [""] + FileManager.default.contentsOfDirectory(atPath: site.directory.url.path) {
            #expect(chown(site.directory.path(name), user, gid_t.max) == 0)
        }
        // A control: it is the gateway that does it, and not the system.
        let other = try run("/usr/bin/sleep", ["600"])
        #expect(try Patience.holds { try owner(of: other) == user })
        let gateway = try run(try Command.executable.path, ["serve", "--config", path])
        #expect(gateway.line(holding: "nodegate ready") != nil, "\(gateway.errorText)")
        #expect(try owner(of: gateway) == 0)
        let limits = try String(contentsOfFile: "/proc/\(gateway.identifier)/status", encoding: .utf8)
        #expect(limits.contains("Uid:\t\(user)\t"))
        other.signal(SIGKILL)
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0)
    }
}
