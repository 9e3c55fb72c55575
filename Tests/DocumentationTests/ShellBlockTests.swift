import Foundation
import Testing

/// Commands in a text are run, or at least are commands.
@Suite struct `Every shell block of the documentation` {
    static let blocks = (["README.md"] + Repository.articles).flatMap { (try? CodeBlock.all(in: $0)) ?? [] }
    static let commands = blocks.filter { $0.language == "sh" }

    @Test(arguments: Repository.articles) func `does what the text says`(_ article: String) throws {
        // One shell for an article, as a reader has. After each block it says how the block ended.
        let blocks = try CodeBlock.all(in: article).filter {
            $0.language == "sh" && $0.marker?.hasPrefix("not run: ") != true || $0.marker == "output"
        }
        let commands = blocks.filter { $0.language == "sh" }
        let script = commands.map { $0.lines.joined(separator: "\n") + "\nprintf '\\036%s\\036' $?\n" }
        let result = try Shell.run(script.joined())
        let parts = result.out.split(separator: "\u{1E}", omittingEmptySubsequences: false).map(String.init)
        try #require(parts.count == commands.count * 2 + 1, "\(result.error)")
        var number = -1
        for block in blocks {
            if block.language == "sh" {
                number += 1
                let status =
                    block.marker?.hasPrefix("exits ") == true ? block.marker?.dropFirst(6) ?? "0" : "0"
                #expect(parts[number * 2 + 1] == status, "\(block.place): \(result.error)")
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
