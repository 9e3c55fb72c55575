// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "hummingbird-receiver",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "opensense-relay", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    ],
    targets: [
        .executableTarget(
            name: "hummingbird-receiver",
            dependencies: [
                .product(name: "OpenSenseWebhooks", package: "opensense-relay"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ], path: "Sources")
    ]
)
