// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "hummingbird-receiver",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "opensense-relay", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .executableTarget(
            name: "hummingbird-receiver",
            dependencies: [
                .product(name: "OpenSenseWebhooks", package: "opensense-relay"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ], path: "Sources")
    ]
)
