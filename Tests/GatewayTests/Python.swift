import Foundation
import GatewayTesting
import Testing

/// The interpreter with nodeum-sdk, requests, h11 and prometheus_client, which deploy/test makes and names.
enum Python {
    static var interpreter: String {
        get throws {
            try #require(
                ProcessInfo.processInfo.environment["NODEGATE_TEST_PYTHON"]
                    ?? [Command.root.appendingPathComponent(".build/python-venv/bin/python").path]
                    .first { FileManager.default.isExecutableFile(atPath: $0) },
                "run deploy/test, which makes a Python environment with nodeum-sdk, requests, h11 and prometheus_client")
        }
    }

    static func script(_ name: String) throws -> String {
        try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Clients")).path
    }
}
