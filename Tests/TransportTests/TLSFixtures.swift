import Foundation
import Synchronization
import Testing
@testable import Transport

/// Certificates of this run; see Fixtures/make-certificates.
final class TLSFixtures: Sendable {
    let directory: URL

    static let shared = Result { try TLSFixtures() }

    private init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("nodegate-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let made = try ChildProcess(["bash", Self.file("make-certificates"), directory.path], mergesErrors: true).finish()
        guard made.status == 0 else { throw Failure(description: made.output) }
        let path = directory.path
        Self.removal.withLock { $0 = path }
        atexit { TLSFixtures.removal.withLock { try? FileManager.default.removeItem(atPath: $0) } }
    }

    private static let removal = Mutex("")

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func file(_ name: String) -> String {
        Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures")?.path ?? name
    }

    static func path(_ name: String) throws -> String { try shared.get().directory.appendingPathComponent(name).path }

    static func identity(_ name: String, chain: String? = nil) throws -> TLSIdentity {
        TLSIdentity(certificateFile: try path(chain ?? "\(name).pem"), keyFile: try path("\(name).key"))
    }

    static func authorities(_ name: String = "authority", revoked: String? = nil) throws -> TLSAuthorities {
        TLSAuthorities(file: try path("\(name).pem"), revocationFile: try revoked.map { try path($0) })
    }
}
