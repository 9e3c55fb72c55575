import Foundation
import Testing

/// Code in a text rots unless something compiles it.
@Suite struct `Every Swift block of the documentation` {
    /// The texts: the catalogues, the README, and the comments of the library.
    static let blocks: [CodeBlock] = {
        let sources = Repository.files(in: "Sources/OpenSenseWebhooks", suffix: ".swift")
        let all = (["README.md"] + Repository.guides + sources).map { path in
            (try? CodeBlock.all(in: path)) ?? []
        }
        return all.flatMap(\.self).filter { $0.language == "swift" }
    }()

    static let snippets = Repository.files(in: "Tests/DocumentationTests/Snippets", suffix: ".swift").flatMap
    {
        (try? Snippet.all(in: $0)) ?? []
    }

    static let examples = [
        "plain-receiver/Sources/Main", "flyingfox-receiver/Sources/Main", "hummingbird-receiver/Sources/Main",
        "nio-receiver/Sources/Main", "custom-relay/Sources/ChatRoom", "custom-relay/Sources/ChatRoomEmulator",
        "custom-relay/Sources/main", "custom-relay/Tests/ChatRoomTests",
    ]

    private static func isManifest(_ block: CodeBlock) -> Bool { block.lines.first == "// Package.swift" }

    @Test func `is found`() {
        #expect(
            Set(Self.blocks.map(\.path)).isSuperset(of: Repository.articles.filter { $0.contains("Verify") }))
        #expect(Self.blocks.contains { $0.path == "README.md" })
        #expect(Self.blocks.contains { $0.path.hasSuffix("/WebhookReceiver.swift") })
        #expect(Self.snippets.count > 10)
    }

    @Test(arguments: blocks.filter { $0.marker == nil && !isManifest($0) })
    func `is compiled, as a snippet or in an example`(_ block: CodeBlock) throws {
        let lines = Snippet.dedented(block.lines)
        if Self.snippets.contains(where: { $0.isShown(by: block) }) { return }
        for example in Self.examples {
            let code = try Repository.text("Examples/\(example).swift").split(
                separator: "\n", omittingEmptySubsequences: false
            )
            .map(String.init)
            let starts = code.indices.dropLast(max(lines.count - 1, 0))
            if starts.contains(where: { Snippet.dedented(code[$0..<$0 + lines.count]) == lines }) { return }
        }
        let nearest = Self.snippets.max { Self.likeness($0, lines) < Self.likeness($1, lines) }
        let strange = lines.first { !(nearest?.lines.contains($0) ?? false) } ?? lines.first ?? ""
        Issue.record(
            "No snippet and no example has these lines. The nearest is \(nearest?.name ?? "-") in \(nearest?.path ?? "-"), without: \(strange)"
        )
    }

    private static func likeness(_ snippet: Snippet, _ lines: [String]) -> Int {
        Set(snippet.lines).intersection(lines).count
    }

    @Test(arguments: blocks.filter(isManifest))
    func `that is a manifest stands in the manifest of an example`(_ block: CodeBlock) throws {
        let manifest = try Self.withoutPaths(Repository.text("Examples/plain-receiver/Package.swift"))
            .split(separator: "\n").map(Self.withoutComma)
        for line in try block.lines.dropFirst().map(Self.withoutPaths) {
            #expect(manifest.contains(Self.withoutComma(line)), "\(line)")
        }
    }

    /// The words of a line, whatever comes after it.
    private static func withoutComma(_ line: some StringProtocol) -> String {
        let text = line.drop { $0 == " " }
        return String(text.hasSuffix(",") ? text.dropLast() : text)
    }

    /// The path of the package differs between machines.
    private static func withoutPaths(_ text: String) throws -> String {
        try NSRegularExpression(pattern: #"path: "[^"]*""#).stringByReplacingMatches(
            in: text, range: NSRange(text.startIndex..., in: text), withTemplate: "path: …")
    }

    @Test func `that is not compiled says so, and is Vapor's`() {
        let marked = Self.blocks.filter { $0.marker != nil }
        #expect(marked.count == 1)
        for block in marked {
            #expect(block.marker?.hasPrefix("not built: ") == true, "\(block.place)")
            #expect(block.lines.contains("import Vapor"), "\(block.place)")
        }
    }

    @Test(arguments: snippets.map(\.name)) func `has a text that shows it`(_ name: String) throws {
        let snippet = try #require(Self.snippets.first { $0.name == name })
        #expect(Self.blocks.contains { snippet.isShown(by: $0) })
    }

    @Test func `have no marks of a merge`() throws {
        let files = Repository.pages + Repository.guides
        let marked = try files.filter {
            try !Repository.matches("^(<<<<<<<|=======$|>>>>>>>)", in: $0).isEmpty
        }
        #expect(marked == [])
    }
}
