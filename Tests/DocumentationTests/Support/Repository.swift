import Foundation

/// The files that the documentation is made of and speaks of.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let catalogue = "Sources/OpenSenseWebhooks/OpenSenseWebhooks.docc"

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The paths of the files in a folder and below whose names end in `suffix`, sorted.
    static func files(in folder: String, suffix: String) -> [String] {
        let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
        return (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(suffix) }.sorted()
            .map { "\(folder)/\($0)" }
    }

    static let articles = files(in: catalogue, suffix: ".md")

    /// The articles of every catalogue.
    static let guides =
        articles
        + ["OpenSenseRelay", "AdapterKit", "OpShiftClient"].flatMap {
            files(in: "Sources/\($0)/\($0).docc", suffix: ".md")
        }

    /// The folders of the adapters.
    static let adapters = files(in: "Adapters", suffix: "/README.md").map {
        String($0.dropFirst("Adapters/".count).dropLast("/README.md".count))
    }

    /// What GitHub shows: the Markdown files outside of the catalogues.
    static let pages =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        + ["Adapters", "Examples", "Tests/Vectors"].flatMap { files(in: $0, suffix: ".md") }.filter {
            !$0.contains("/.build")
        }

    /// The folder that the tests and the command are built into.
    static var products: URL {
        get throws {
            #if canImport(Darwin)
                let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            #else
                let bundle: URL? = Bundle.main.executableURL
            #endif
            guard let bundle else { throw CocoaError(.fileNoSuchFile) }
            return bundle.deletingLastPathComponent()
        }
    }

    /// Every text in `path` that `pattern` finds; its first group, when it has one.
    static func matches(_ pattern: String, in path: String) throws -> [String] {
        let text = try text(path)
        return try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
            .matches(in: text, range: NSRange(text.startIndex..., in: text))
            .compactMap { Range($0.range(at: min(1, $0.numberOfRanges - 1)), in: text) }.map {
                String(text[$0])
            }
    }
}
