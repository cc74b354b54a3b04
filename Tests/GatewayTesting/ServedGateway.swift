import Foundation

/// `nodegate serve` as a child process, on the files of a site.
package final class ServedGateway {
    package struct NotReady: Error {
        package let status: Int32?
        package let errors: String
    }

    package let process: RunningCommand
    package let port: UInt16

    /// Waits for the line that says that it is ready.
    ///
    /// - Parameter hosts: A file that is the process's own /etc/hosts, in a mount namespace of its own.
    package init(_ site: TestSite, configuration: String, hosts: String? = nil) throws {
        if let hosts {
            let script = "mount --bind \"$1\" /etc/hosts && exec \"$2\" serve --config \"$3\""
            process = try RunningCommand(
                ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", hosts, try Command.executable.path, configuration],
                program: "/usr/bin/env")
        } else {
            process = try RunningCommand(["serve", "--config", configuration])
        }
        guard let line = process.line(holding: "nodegate ready on http"),
            let port = line.split(separator: ":").last.flatMap({ UInt16($0) })
        else {
            throw NotReady(status: process.status(), errors: process.errorText)
        }
        self.port = port
    }

    package func client() throws -> RawClient { try RawClient(port: port) }

    package func ask(_ method: String, _ path: String, key: String, body: String? = nil) throws -> Answer {
        let client = try client()
        client.send(Request(method, path, key: key, body: body).bytes)
        return client.answer(to: method)
    }

    /// A number of /proc/PID/status, in KiB.
    package func kibibytes(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line.flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) } ?? 0
    }

    package var descriptorCount: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.identifier)/fd").count) ?? 0
    }
}

extension TestSite {
    /// Writes a configuration for a child process; `more` is YAML on top of it, `upstream` one more setting there.
    @discardableResult
    package func configure(
        _ more: String = "", listener: String = "127.0.0.1:0", credential: String = "appliance.key", upstream: String = ""
    ) throws -> String {
        try directory.write(
            """
            listeners:
              - "\(listener)"
            lanes: 2
            upstream:
              url: http://127.0.0.1:\(appliance.port)
              credential:
                mode: bearer
                file: \(credential)
              idle_timeout: 200ms
              \(upstream)
            store:
              path: nodegate.db
              poll_interval: 10ms
            operations:
              file: \(Command.root.appendingPathComponent("config/operations.csv").path)
            audit:
              path: audit.db
            \(more)
            """, to: "nodegate.yaml")
    }

    package func serve(_ more: String = "", upstream: String = "") throws -> ServedGateway {
        try ServedGateway(self, configuration: try configure(more, upstream: upstream))
    }
}
