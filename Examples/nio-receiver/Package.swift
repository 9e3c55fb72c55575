// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "nio-receiver",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "opensense-relay", path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .executableTarget(
            name: "nio-receiver",
            dependencies: [
                .product(name: "OpenSenseWebhooks", package: "opensense-relay"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ], path: "Sources")
    ]
)
