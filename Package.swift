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

        // Pure: no I/O, no clock, no Foundation.
        module("HTTPWire"),
        module("AccessControl", ["HTTPWire"]),
        module("Redaction"),

        // Edges.
        module("Cryptography", ["COpenSSL"]),
        module("SQLite", ["CSQLite"]),
        module("Transport", ["HTTPWire", "COpenSSL", "CSystem"]),
        module("Settings", ["HTTPWire", "AccessControl", "Redaction", yams]),
        module("Store", ["AccessControl", "Redaction", "Cryptography", "SQLite"]),
        module("AuditTrail", ["HTTPWire", "AccessControl", "Cryptography", "SQLite"]),
        module("Gateway", ["HTTPWire", "AccessControl", "Redaction", "Cryptography", "Transport",
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
                           "Settings", "Gateway", "NodeumSimulator", "SQLite"],
            path: "Tests/GatewayTesting", swiftSettings: testSettings),
        tests("HTTPWireTests", ["HTTPWire"], resources: [.copy("Vectors")]),
        tests("AccessControlTests", ["AccessControl", "HTTPWire"]),
        tests("RedactionTests", ["Redaction"], resources: [.copy("Vectors")]),
        tests("CryptographyTests", ["Cryptography"]),
        tests("TransportTests", ["Transport", "HTTPWire"]),
        tests("SettingsTests", ["Settings", "AccessControl"], resources: [.copy("Fixtures")]),
        tests("StoreTests", ["Store", "StoreLoad", "SQLite", "AccessControl", "HTTPWire", "Redaction", "Cryptography"]),
        // A process that changes a key store until it is killed, for the tests to kill.
        .executableTarget(
            name: "StoreLoad", dependencies: ["Store", "AccessControl"], path: "Tests/StoreLoad",
            swiftSettings: testSettings),
        tests("AuditTrailTests", ["AuditTrail", "AuditLoad", "SQLite", "HTTPWire", "AccessControl", "Cryptography"]),
        // A process that writes an audit log until it is killed, for the tests to kill.
        .executableTarget(
            name: "AuditLoad", dependencies: ["AuditTrail", "HTTPWire", "AccessControl"], path: "Tests/AuditLoad",
            swiftSettings: testSettings),
        tests("NodeumSimulatorTests", ["NodeumSimulator"]),
        tests("GatewayTests", ["Gateway", "GatewayTesting", "NodeumSimulator", "AuditTrail", "Store", "Settings"]),
        tests("CommandTests", [
            "GatewayTesting", "nodegate", "AuditTrail", "AccessControl", "HTTPWire", "Settings", "SQLite",
        ]),
        tests("ArchitectureTests", []),
    ]
)
