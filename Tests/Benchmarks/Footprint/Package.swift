// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "footprint",
    dependencies: [.package(name: "opensense-relay", path: "../../..")],
    targets: ["essentials", "foundation"].map { name in
        .executableTarget(
            name: "footprint-\(name)",
            dependencies: [.product(name: "OpenSenseWebhooks", package: "opensense-relay")],
            path: "Sources", exclude: name == "essentials" ? ["foundation"] : ["essentials"],
            sources: [name],
            swiftSettings: [
                .strictMemorySafety(), .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
            ])
    },
    swiftLanguageModes: [.v6]
)
