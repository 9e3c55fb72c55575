// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "plain-receiver",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "opensense-relay", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "plain-receiver",
            dependencies: [
                .product(name: "OpenSenseWebhooks", package: "opensense-relay")
            ], path: "Sources")
    ]
)
