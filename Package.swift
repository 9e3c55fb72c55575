// swift-tools-version: 6.3
import PackageDescription

// Each is a folder under Adapters/; a new one is named here and in Sources/StandardAdapters.
let adapters = ["BetterStack", "OpShift", "Opsgenie", "PagerDuty", "Webhook"]
let adapterModules = adapters.map { Target.Dependency.byName(name: "\($0)Adapter") }
let emulatorModules = adapters.map { Target.Dependency.byName(name: "\($0)Emulator") }

let package = Package(
    name: "opensense-relay",
    // InlineArray asks for these. The library alone is meant to build there, and has not been tried.
    platforms: [.macOS(.v26), .iOS(.v26), .tvOS(.v26), .watchOS(.v26), .visionOS(.v26)],
    products: [
        // Static, so that `swift build --product OpenSenseWebhooks` builds it alone: it needs libssl-dev
        // and no more.
        .library(name: "OpenSenseWebhooks", type: .static, targets: ["OpenSenseWebhooks"]),
        .library(name: "SQLiteLedger", type: .static, targets: ["SQLiteLedger"]),
        .library(name: "PostgreSQLLedger", type: .static, targets: ["PostgreSQLLedger"]),
        .library(name: "LedgerTesting", targets: ["LedgerTesting"]),
        .library(name: "OpShiftClient", type: .static, targets: ["OpShiftClient"]),
        .library(name: "AdapterKit", targets: ["AdapterKit"]),
        .library(name: "AdapterTesting", targets: ["AdapterTesting"]),
        .library(name: "OpenSenseRelay", targets: ["OpenSenseRelay", "VendorSandbox"]),
        .library(name: "StandardAdapters", targets: ["StandardAdapters"]),
        .executable(name: "opensense-relay", targets: ["opensense-relay"]),
    ] + adapters.flatMap { ["\($0)Adapter", "\($0)Emulator"] }.map { .library(name: $0, targets: [$0]) },
    targets: [
        systemLibrary("CLibCrypto", pkgConfig: "libcrypto", apt: "libssl-dev", brew: "openssl@3"),
        systemLibrary("CLibSSL", pkgConfig: "libssl", apt: "libssl-dev", brew: "openssl@3"),
        .systemLibrary(name: "CLinux"),
        systemLibrary("CLibCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev", brew: "curl"),
        systemLibrary("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev", brew: "sqlite"),
        systemLibrary("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev", brew: "libpq"),

        // Apple's systems have CryptoKit in its place.
        .target(
            name: "Signing",
            dependencies: [.target(name: "CLibCrypto", condition: .when(platforms: [.linux]))]),
        .target(name: "ASCIIBytes"),
        .target(name: "HeaderFields", dependencies: ["ASCIIBytes"]),
        .target(name: "OpenSenseWebhooks", dependencies: ["Signing", "HeaderFields", "ASCIIBytes"]),
        .target(
            name: "AdapterKit", dependencies: ["OpenSenseWebhooks", "HeaderFields", "ASCIIBytes", "Signing"]),
        .target(
            name: "AdapterTesting",
            dependencies: ["AdapterKit", "OpenSenseWebhooks", "ASCIIBytes"]),
        .target(name: "SystemThreads"),
        .target(name: "RelayCore", dependencies: ["AdapterKit", "OpenSenseWebhooks"]),
        .target(name: "GroupCommit", dependencies: ["SystemThreads", "OpenSenseWebhooks"]),
        .target(name: "SQLiteClient", dependencies: ["CSQLite", "OpenSenseWebhooks"]),
        .target(name: "LedgerTime"),
        .target(
            name: "SQLiteLedger",
            dependencies: ["SQLiteClient", "GroupCommit", "LedgerTime", "OpenSenseWebhooks"]),
        .target(name: "LedgerTesting", dependencies: ["OpenSenseWebhooks"]),
        .target(name: "PostgreSQLClient", dependencies: ["CLibPQ", "SystemThreads", "OpenSenseWebhooks"]),
        .target(
            name: "PostgreSQLLedger",
            dependencies: ["PostgreSQLClient", "GroupCommit", "LedgerTime", "OpenSenseWebhooks"]),
        .target(
            name: "RelayStorage",
            dependencies: [
                "SQLiteClient", "PostgreSQLClient", "GroupCommit", "SystemThreads", "RelayCore", "AdapterKit",
                "OpenSenseWebhooks",
            ]),
        .target(
            name: "HTTPServer",
            dependencies: ["HeaderFields", "ASCIIBytes", "CLibSSL", "CLinux", "SystemThreads"]),
        .target(
            name: "HTTPClient", dependencies: ["HeaderFields", "ASCIIBytes", "CLibCurl", "SystemThreads"]),
        .target(
            name: "OpShiftClient",
            dependencies: ["AdapterKit", "HTTPClient", "HeaderFields", "ASCIIBytes", "OpenSenseWebhooks"]),
        .target(
            name: "OpenSenseRelay",
            dependencies: [
                "VendorSandbox", "RelayCore", "RelayStorage", "HTTPServer", "HTTPClient", "HeaderFields",
                "SystemThreads", "AdapterKit",
                "OpenSenseWebhooks",
            ]),
        .target(name: "VendorSandbox", dependencies: ["HTTPServer", "HeaderFields", "Signing"]),
        .target(
            name: "StandardAdapters",
            dependencies: ["AdapterKit", "VendorSandbox"] + adapterModules + emulatorModules),
        .executableTarget(name: "opensense-relay", dependencies: ["OpenSenseRelay", "StandardAdapters"]),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "OpenSenseRelay", "HTTPServer", "HeaderFields", "RelayStorage", "RelayCore", "AdapterKit",
                "OpenSenseWebhooks", "Signing", "StandardAdapters", "SQLiteLedger", "PostgreSQLLedger",
                "SQLiteClient", "PostgreSQLClient",
            ], path: "Tests/Benchmarks", exclude: ["accept.lua", "repeat.lua", "Peers", "Floor", "Footprint"]),
        .executableTarget(
            name: "LedgerReceiver", dependencies: ["SQLiteLedger", "PostgreSQLLedger", "OpenSenseWebhooks"],
            path: "Tests/LedgerReceiver"),
        .target(name: "CSimulatedDisk", dependencies: ["CSQLite"], path: "Tests/CSimulatedDisk"),
        .target(
            name: "Simulation",
            dependencies: [
                "CSimulatedDisk", "OpenSenseRelay", "RelayStorage", "SQLiteClient", "PostgreSQLClient",
                "PostgreSQLForTests", "GroupCommit", "RelayCore", "VendorSandbox", "AdapterKit",
                "OpenSenseWebhooks",
            ], path: "Tests/Simulation"),
        .executableTarget(
            name: "Simulate", dependencies: ["Simulation", "PostgreSQLForTests"], path: "Tests/Simulate"),
    ] + adapters.flatMap(adapterTargets) + testTargets() + fuzzTargets(),
    swiftLanguageModes: [.v6]
)

func systemLibrary(_ name: String, pkgConfig: String, apt: String, brew: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])
}

/// One adapter is one folder: README, Sources, Emulator, Tests (with Fixtures).
///
/// Without package access they see what a stranger's adapter sees: the public API of AdapterKit and
/// OpenSenseWebhooks, an emulator that of VendorSandbox.
func adapterTargets(_ name: String) -> [Target] {
    [
        .target(
            name: "\(name)Adapter", dependencies: ["AdapterKit", "OpenSenseWebhooks"],
            path: "Adapters/\(name)/Sources", packageAccess: false),
        .target(
            name: "\(name)Emulator", dependencies: ["VendorSandbox"], path: "Adapters/\(name)/Emulator",
            packageAccess: false),
        .testTarget(
            name: "\(name)AdapterTests",
            dependencies: [
                .byName(name: "\(name)Adapter"), .byName(name: "\(name)Emulator"), "AdapterTesting",
                "AdapterKit", "VendorSandbox", "OpenSenseWebhooks", "GoldenFolders",
            ],
            path: "Adapters/\(name)/Tests", exclude: ["Fixtures"], packageAccess: false),
    ]
}

func testTargets() -> [Target] {
    [
        .testTarget(name: "TidyTests"),
        .testTarget(name: "AdapterKitTests", dependencies: ["AdapterKit", "OpenSenseWebhooks"]),
        .testTarget(
            name: "OpShiftClientTests",
            dependencies: ["OpShiftClient", "AdapterKit", "HTTPServer", "OpenSenseWebhooks"]),
        .testTarget(name: "SigningTests", dependencies: ["Signing"]),
        .testTarget(name: "OpenSenseWebhooksTests", dependencies: ["OpenSenseWebhooks", "Signing"]),
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "SQLiteLedger", "PostgreSQLLedger", "SQLiteClient", "PostgreSQLClient", "LedgerTime",
                "LedgerTesting", "OpenSenseWebhooks", "PostgreSQLForTests",
            ]),
        .target(name: "PostgreSQLForTests", path: "Tests/PostgreSQLForTests"),
        .target(name: "GoldenFolders", dependencies: ["AdapterTesting"], path: "Tests/GoldenFolders"),
        .testTarget(name: "RelayCoreTests", dependencies: ["RelayCore", "AdapterKit", "OpenSenseWebhooks"]),
        .testTarget(
            name: "RelayStorageTests",
            dependencies: [
                "RelayStorage", "RelayCore", "GroupCommit", "AdapterKit", "OpenSenseWebhooks", "SQLiteClient",
                "PostgreSQLClient", "PostgreSQLForTests", "SystemThreads",
            ]),
        .testTarget(
            name: "OpenSenseRelayTests",
            dependencies: [
                "OpenSenseRelay", "HTTPServer", "RelayCore", "AdapterKit", "OpenSenseWebhooks",
                "TLSForTests",
            ]),
        .testTarget(
            name: "AdapterTestingTests", dependencies: ["AdapterTesting", "AdapterKit", "OpenSenseWebhooks"]),
        .testTarget(name: "VendorSandboxTests", dependencies: ["VendorSandbox", "RelayCore"]),
        .testTarget(
            name: "StandardAdaptersTests",
            dependencies: [
                "StandardAdapters", "VendorSandbox", "RelayCore", "AdapterKit", "OpenSenseWebhooks",
            ]),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation", "PostgreSQLForTests"]),
        .testTarget(
            name: "HTTPTests",
            dependencies: [
                "HTTPServer", "HTTPReading", "HTTPClient", "HeaderFields", "SystemThreads", "CLibSSL",
                "TLSForTests",
            ]),
        .target(name: "TLSForTests", dependencies: ["CLibSSL"], path: "Tests/TLSForTests"),
        .target(name: "HTTPReading", dependencies: ["HTTPServer"], path: "Tests/HTTPReading"),
        .executableTarget(name: "ReadHTTP", dependencies: ["HTTPReading"], path: "Tests/ReadHTTP"),
        .testTarget(
            name: "CommandTests",
            dependencies: ["opensense-relay", "OpenSenseWebhooks", "SQLiteClient", "TLSForTests"],
            exclude: ["StallingDisk"]),
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "opensense-relay", "AdapterKit", "AdapterTesting", "OpenSenseWebhooks", "SQLiteLedger",
                "PostgreSQLLedger", "OpShiftClient", "HTTPServer",
            ]),
    ]
}

/// `make fuzz` alone asks for these: they link with libFuzzer, for which every module must be built.
func fuzzTargets() -> [Target] {
    guard Context.environment["OPENSENSE_FUZZING"] != nil else { return [] }
    return [
        .executableTarget(
            name: "Fuzzing",
            dependencies: [
                "OpenSenseRelay", "RelayCore", "AdapterKit", "OpenSenseWebhooks", "Signing", "HTTPServer",
                "HTTPReading", "HeaderFields",
            ] + adapterModules,
            path: "Tests/Fuzzing", exclude: ["Corpora", "Dictionaries"])
    ]
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .strictMemorySafety(), .treatAllWarnings(as: .error), .treatWarning("ExplicitSendable", as: .error),
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
    ]
}
