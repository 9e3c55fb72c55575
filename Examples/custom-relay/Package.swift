// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "custom-relay",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "opensense-relay", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "custom-relay",
            dependencies: [
                .product(name: "OpenSenseRelay", package: "opensense-relay"),
                .product(name: "StandardAdapters", package: "opensense-relay"),
                .product(name: "AdapterKit", package: "opensense-relay"),
                .product(name: "OpenSenseWebhooks", package: "opensense-relay"),
            ], path: "Sources"),
        .testTarget(
            name: "ChatRoomTests",
            dependencies: [
                "custom-relay",
                .product(name: "AdapterTesting", package: "opensense-relay"),
                .product(name: "AdapterKit", package: "opensense-relay"),
            ], path: "Tests"),
    ]
)
