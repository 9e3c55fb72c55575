import Foundation
import Testing

/// Commands in a text are run, or at least are commands.
@Suite struct `Every shell block of the documentation` {
    static let blocks = (["README.md"] + Repository.guides).flatMap { (try? CodeBlock.all(in: $0)) ?? [] }
    static let commands = blocks.filter { $0.language == "sh" }

    @Test(arguments: Repository.guides) func `does what the text says`(_ article: String) throws {
        let blocks = try CodeBlock.all(in: article)
        try run(blocks.filter { $0.language == "sh" && !$0.isMarked("not run: ") || $0.marker == "output" })
    }

    /// Those of the README that are marked; the others change the machine, need keys or run for ever.
    @Test func `of the README that is marked does what the text says`() throws {
        let blocks = try CodeBlock.all(in: "README.md").filter {
            $0.isMarked("runs") || $0.isMarked("exits ") || $0.marker == "output"
        }
        try #require(blocks.count { $0.language == "sh" } == 2)
        // The ports are below those that the system gives to connections.
        let ports = try #require(Array(20_000..<30_000).randomElement())
        try run(blocks) { script in
            // The build that is tested, and ports that a relay on this machine does not use.
            script.replacing("$PWD/.build/release", with: ".build/release")
                .replacing(".build/release", with: try Repository.products.path)
                .replacing("127.0.0.1:8090", with: "127.0.0.1:\(ports)")
                .replacing("127.0.0.1:8080", with: "127.0.0.1:\(ports + 1)")
        }
    }

    /// Runs the commands among the blocks in one shell, as a reader does, and compares what they print and
    /// how they end.
    private func run(
        _ blocks: [CodeBlock], as written: (String) throws -> String = { $0 }
    ) throws {
        let commands = blocks.filter { $0.language == "sh" }
        // After each block the shell says how the block ended.
        let script = try commands.map {
            try written($0.lines.joined(separator: "\n")) + "\nprintf '\\036%s\\036' $?\n"
        }
        let result = try Shell.run(script.joined())
        let parts = result.out.split(separator: "\u{1E}", omittingEmptySubsequences: false).map(String.init)
        try #require(parts.count == commands.count * 2 + 1, "\(result.error)")
        var number = -1
        for block in blocks {
            if block.language == "sh" {
                number += 1
                let status =
                    block.isMarked("exits ") ? block.marker?.dropFirst("exits ".count) ?? "0" : "0"
                #expect(
                    parts[number * 2 + 1] == status, "\(block.place): \(parts[number * 2])\(result.error)")
            } else {
                try #require(number >= 0)
                #expect(parts[number * 2] == block.lines.joined(separator: "\n") + "\n", "\(block.place)")
            }
        }
    }

    @Test(arguments: commands) func `is shell`(_ block: CodeBlock) throws {
        let checked = try Shell.run("sh -n -c \"$1\"", [block.lines.joined(separator: "\n")])
        #expect(checked.status == 0, "\(checked.error)")
    }

    @Test(arguments: commands) func `gives the command words that it knows`(_ block: CodeBlock) throws {
        for line in block.lines where line.contains("opensense-relay ") {
            let words = line.split(separator: " ").map(String.init)
            let command = try #require(words.firstIndex { $0.hasSuffix("opensense-relay") })
            let options = words.filter { $0.hasPrefix("--") }
            let help = try Shell.run("opensense-relay \"$1\" --help", [words[command + 1]])
            #expect(help.status == 0, "\(block.place): \(words[command + 1])")
            for option in options { #expect(help.out.contains("\(option) "), "\(block.place): \(option)") }
        }
    }

    @Test func `names a reason when it is not run`() {
        for block in Self.blocks where block.path != "README.md" {
            #expect(["swift", "sh", "text"].contains(block.language), "\(block.place)")
            #expect((block.marker == "output") == (block.language == "text"), "\(block.place)")
        }
    }
}
