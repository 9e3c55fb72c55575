// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "flyingfox-receiver",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "opensense-relay", path: "../.."),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .executableTarget(
            name: "flyingfox-receiver",
            dependencies: [
                .product(name: "OpenSenseWebhooks", package: "opensense-relay"),
                .product(name: "FlyingFox", package: "FlyingFox"),
            ], path: "Sources")
    ]
)
