import Foundation

/// Lines of a Swift file that is compiled, between `// snippet: name` and `// snippet end`.
///
/// The imports that a text shows stand at the top of the file, not among the lines.
struct Snippet {
    let path: String
    let name: String
    let lines: [String]
    /// The modules that its file imports.
    let imports: Set<String>

    static func all(in path: String) throws -> [Snippet] {
        var snippets: [Snippet] = []
        let imports = Set(try Repository.matches(#"^import (\w+)$"#, in: path))
        var open: (name: String, lines: [String])?
        for line in try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false) {
            let word = line.drop { $0 == " " }
            if word.hasPrefix("// snippet: ") {
                open = (String(word.dropFirst(12)), [])
            } else if word == "// snippet end", let part = open {
                snippets.append(
                    Snippet(path: path, name: part.name, lines: dedented(part.lines), imports: imports))
                open = nil
            } else {
                open?.lines.append(String(line))
            }
        }
        return snippets
    }

    /// Whether a block of a text has these lines, and before them only imports that the file has, too.
    func isShown(by block: CodeBlock) -> Bool {
        let code = block.lines.drop { $0.hasPrefix("import ") || $0.isEmpty }
        let imported = block.lines.prefix(block.lines.count - code.count).filter { !$0.isEmpty }
        return Self.dedented(code) == lines
            && imports.isSuperset(of: imported.map { $0.dropFirst(7) }.map(String.init))
    }

    /// The lines without the indentation that all of them have, and with comments two spaces behind the code,
    /// so that a text may align them.
    static func dedented(_ lines: some Sequence<String>) -> [String] {
        let indent = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        return lines.map { line in
            let text = line.dropFirst(indent)
            guard let comment = text.range(of: "   //")?.lowerBound else { return String(text) }
            let code = text[..<comment].reversed().drop { $0 == " " }.reversed()
            return String(code) + "  " + text[comment...].drop { $0 == " " }
        }
    }
}
