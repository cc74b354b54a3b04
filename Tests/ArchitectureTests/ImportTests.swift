import Testing

/// Who may import what: the layers of the product, from the pure ones up.
private let allowedModules: [String: Set<String>] = {
    let system: Set<String> = ["Dispatch", "Glibc", "Synchronization"]
    let values: Set<String> = ["HTTPWire", "AccessControl", "Redaction"]
    return [
        // Pure: no I/O, no clock, no system.
        "HTTPWire": [],
        "AccessControl": ["HTTPWire"],
        "Redaction": [],
        // Edges, one system interface each.
        "Cryptography": ["COpenSSL", "Glibc"],
        "Tokens": ["Cryptography"],
        "SQLite": ["CSQLite"],
        "Compression": ["CZlib"],
        "Transport": system.union(["HTTPWire", "Cryptography", "COpenSSL", "CSystem"]),
        "Store": system.union(["AccessControl", "Redaction", "Cryptography", "SQLite"]),
        "AuditTrail": system.union(["HTTPWire", "AccessControl", "Cryptography", "Transport", "SQLite"]),
        "Settings": values.union(["Cryptography", "Yams", "Foundation", "Glibc"]),
        // The product.
        "Gateway": system.union(values).union([
            "Cryptography", "Compression", "Tokens", "Transport", "Store", "AuditTrail", "Settings", "Logging", "CSystem",
        ]),
        // A witness that shares neither parser nor router with the gateway.
        "NodeumSimulator": system.union(["Cryptography", "CSystem"]),
        "nodegate": system.union(values).union([
            "Cryptography", "Transport", "Store", "AuditTrail", "Settings", "Gateway", "NodeumSimulator",
            "ArgumentParser", "Logging", "Foundation", "Yams",
        ]),
    ]
}()

@Suite("Imports")
struct ImportTests {
    @Test("Every target imports only what its layer may")
    func imports() throws {
        let files = try Repository.swiftFiles(below: "Sources")
        #expect(files.count > 100)
        var offences: [String] = []
        for file in files {
            guard let allowed = allowedModules[file.target] else {
                offences.append("\(file.path): the target \(file.target) is not in the table of this test")
                continue
            }
            offences += file.imports.filter { !allowed.contains($0) }.map { "\(file.path) imports \($0)" }
        }
        #expect(offences == [])
    }

    @Test("Every line of the table stands for a target that exists")
    func table() throws {
        let targets = Set(try Repository.swiftFiles(below: "Sources").map(\.target))
        #expect(Set(allowedModules.keys).subtracting(targets) == [])
    }

    @Test("An import is found in every spelling", arguments: [
        ("import Glibc", "Glibc"), ("@testable import HTTPWire", "HTTPWire"),
        ("  package import struct AccessControl.Scope", "AccessControl"),
        ("@preconcurrency import Foundation // why", "Foundation"), ("@_spi(Test) import Logging", "Logging"),
    ])
    func spellings(line: String, module: String) {
        #expect(SourceFile(path: "Sources/A/B.swift", text: line).imports == [module])
    }

    @Test("A comment or a word that starts like an import is none", arguments: [
        "// import Glibc", "importKeys()", "/* a\nimport Glibc\n*/", "let important = 1",
    ])
    func others(text: String) {
        #expect(SourceFile(path: "Sources/A/B.swift", text: text).imports == [])
    }

    @Test("The package brings no SwiftNIO, neither directly nor through another package")
    func withoutNIO() throws {
        // Package.resolved lists the whole graph; it is written by the build that this test is part of.
        for path in ["Package.swift", "Package.resolved"] {
            let text = try Repository.text(path).lowercased()
            #expect(!text.contains("swift-nio"), "\(path)")
            #expect(!text.contains("hummingbird") && !text.contains("async-http-client"), "\(path)")
        }
    }
}
