// swift-tools-version: 6.2
import PackageDescription

// Strict memory safety makes every unsafe expression say so; warnings are errors everywhere.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    // For spans over storage that our own types own (`@_lifetime`).
    .enableExperimentalFeature("Lifetimes"),
]
let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: testSettings)
}

let package = Package(
    name: "nodegate",
    products: [.executable(name: "nodegate", targets: ["nodegate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C modules: what the system libraries offer as macros, and nothing else.
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CSystem"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Pure: no I/O, no clock, no Foundation.
        module("HTTPWire"),
        module("AccessControl", ["HTTPWire"]),
        module("Redaction"),

        // Edges.
        module("Cryptography", ["COpenSSL"]),
        module("Tokens", ["Cryptography"]),
        module("SQLite", ["CSQLite"]),
        module("Compression", ["CZlib"]),
        module("Transport", ["HTTPWire", "Cryptography", "COpenSSL", "CSystem"]),
        module("Settings", ["HTTPWire", "AccessControl", "Redaction", "Cryptography", yams]),
        module("Store", ["AccessControl", "Redaction", "Cryptography", "SQLite"]),
        module("AuditTrail", ["HTTPWire", "AccessControl", "Cryptography", "Transport", "SQLite"]),
        module("Gateway", ["HTTPWire", "AccessControl", "Redaction", "Cryptography", "Compression", "Tokens", "Transport",
                           "Store", "AuditTrail", "Settings", "CSystem", logging]),
        module("NodeumSimulator", ["Cryptography", "CSystem"]),
        .executableTarget(
            name: "nodegate",
            dependencies: ["Gateway", "NodeumSimulator", "Store", "AuditTrail", "Settings", "AccessControl",
                           "Redaction", "Cryptography", "Transport", "HTTPWire", argumentParser, logging, yams],
            swiftSettings: swiftSettings),

        .target(
            name: "GatewayTesting",
            dependencies: ["HTTPWire", "AccessControl", "Cryptography", "Transport", "Store", "AuditTrail",
                           "Settings", "Gateway", "NodeumSimulator", "SQLite", logging],
            path: "Tests/GatewayTesting", swiftSettings: testSettings),
        tests("HTTPWireTests", ["HTTPWire"], resources: [.copy("Vectors")]),
        tests("AccessControlTests", ["AccessControl", "HTTPWire"]),
        tests("RedactionTests", ["Redaction"], resources: [.copy("Vectors")]),
        // The speed of redaction, to be run by hand in a release build.
        .executableTarget(
            name: "RedactionLoad", dependencies: ["Redaction"], path: "Tests/RedactionLoad", swiftSettings: testSettings),
        tests("CompressionTests", ["Compression"]),
        tests("CryptographyTests", ["Cryptography"]),
        tests("TokensTests", ["Tokens", "Cryptography"], resources: [.copy("Vectors")]),
        tests("TransportTests", ["Transport", "HTTPWire", "Cryptography", "GatewayTesting"], resources: [.copy("Fixtures")]),
        tests("SettingsTests", ["Settings", "AccessControl", "Redaction", "Cryptography"], resources: [.copy("Fixtures")]),
        tests("StoreTests", ["Store", "StoreLoad", "GatewayTesting", "SQLite", "AccessControl", "HTTPWire", "Redaction", "Cryptography"]),
        // A process that changes a key store until it is killed, for the tests to kill.
        .executableTarget(
            name: "StoreLoad", dependencies: ["Store", "AccessControl"], path: "Tests/StoreLoad",
            swiftSettings: testSettings),
        tests("AuditTrailTests", ["AuditTrail", "AuditLoad", "Transport", "GatewayTesting", "SQLite", "HTTPWire", "AccessControl", "Cryptography"],
              resources: [.copy("Receivers")]),
        // A process that writes an audit log until it is killed, for the tests to kill.
        .executableTarget(
            name: "AuditLoad", dependencies: ["AuditTrail", "HTTPWire", "AccessControl"], path: "Tests/AuditLoad",
            swiftSettings: testSettings),
        tests("NodeumSimulatorTests", ["NodeumSimulator", "GatewayTesting"]),
        tests("GatewayTests", ["Gateway", "GatewayTesting", "NodeumSimulator", "AuditTrail", "Store", "Settings", "Tokens", "Transport",
                               "AccessControl", "HTTPWire", "Redaction", "Cryptography", "SQLite", "nodegate"],
              resources: [.copy("Clients"), .copy("Attempts")]),
        tests("CommandTests", ["GatewayTesting", "nodegate", "AuditTrail", "AccessControl", "HTTPWire", "SQLite", "Settings"]),
        tests("ArchitectureTests", []),
    ]
)
