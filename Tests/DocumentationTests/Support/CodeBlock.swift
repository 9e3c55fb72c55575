import Testing

/// A fenced block of a Markdown file, or of a doc comment.
///
/// An HTML comment on the line before the fence says what is special about it: `not built`, `not run`,
/// `exits 1`, `output`, and in the README `runs`.
struct CodeBlock: CustomTestStringConvertible {
    let path: String
    let line: Int
    let language: String
    /// The words of the HTML comment before it.
    let marker: String?
    let lines: [String]

    var place: String { "\(path):\(line)" }
    var testDescription: String { place }

    /// Whether the comment before it begins with `words`.
    func isMarked(_ words: String) -> Bool { marker?.hasPrefix(words) == true }

    static func all(in path: String) throws -> [CodeBlock] {
        var blocks: [CodeBlock] = []
        var open: (line: Int, language: String, marker: String?, lines: [String])?
        var previous = ""
        for (index, whole) in try Repository.text(path).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .enumerated() {
            guard let line = path.hasSuffix(".swift") ? comment(whole) : String(whole) else { continue }
            let indent = line.prefix { $0 == " " }.count
            if line.dropFirst(indent).hasPrefix("```") {
                if let block = open {
                    blocks.append(
                        CodeBlock(
                            path: path, line: block.line, language: block.language, marker: block.marker,
                            lines: block.lines))
                    open = nil
                } else {
                    open = (index + 1, String(line.dropFirst(indent + 3)), marker(previous), [])
                }
            } else {
                open?.lines.append(line)
            }
            previous = line
        }
        return blocks
    }

    private static func marker(_ line: String) -> String? {
        guard line.hasPrefix("<!-- "), line.hasSuffix(" -->") else { return nil }
        return String(line.dropFirst(5).dropLast(4))
    }

    /// What a doc comment says on a line; nil for a line of code.
    private static func comment(_ line: Substring) -> String? {
        let text = line.drop { $0 == " " }
        guard text.hasPrefix("///") else { return nil }
        return String(text.dropFirst(text.hasPrefix("/// ") ? 4 : 3))
    }
}
