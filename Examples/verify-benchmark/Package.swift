// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "verify-benchmark",
    dependencies: [
        .package(name: "opensense-relay", path: "../.."),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .target(name: "CFloor", linkerSettings: [.linkedLibrary("crypto")]),
        .executableTarget(
            name: "verify-benchmark",
            dependencies: [
                "CFloor",
                .product(name: "OpenSenseWebhooks", package: "opensense-relay"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type == .executable {
    target.swiftSettings = [
        .strictMemorySafety(), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
