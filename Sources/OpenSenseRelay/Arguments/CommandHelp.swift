/// What a command is for and how it is called, as data: it makes the `--help` text and drives the parser.
struct CommandHelp {
    /// One option.
    struct Option {
        /// With its dashes: `--config`.
        let name: String
        /// What stands for its value; nil for an option without one.
        var value: String?
        /// Whether it may be given more than once.
        var isRepeatable = false
        /// One line.
        let summary: String
    }

    /// A way to call it that works as it stands.
    struct Example {
        let command: String
        let summary: String
    }

    let name: String
    /// What stands for the arguments that are not options, as in a synopsis.
    var arguments = ""
    /// How many of those there may be.
    var argumentCount: ClosedRange<Int> = 0...0
    let summary: String
    var discussion = ""
    var options: [Option] = []
    var examples: [Example] = []
    var exitCodes: [(code: ExitCode, meaning: String)] = []

    /// The option that every command has.
    static let help = Option(name: "--help", summary: "Print this text.")

    /// The `--help` text.
    var text: String {
        var text = "\(Self.folded(summary))\n\nUsage: opensense-relay \(name)"
        if !arguments.isEmpty { text += " \(arguments)" }
        text += " [OPTION…]\n"
        if !discussion.isEmpty { text += "\n\(Self.folded(discussion))\n" }
        let all = options + [Self.help]
        let heads = all.map { $0.name + ($0.value.map { " \($0)" } ?? "") }
        text += "\nOptions:\n" + Self.table(zip(heads, all.map(\.summary)))
        if !examples.isEmpty {
            text += "\nExamples:\n" + examples.map { "  # \($0.summary)\n  \($0.command)\n" }.joined()
        }
        let codes = exitCodes.isEmpty ? [(code: ExitCode.success, meaning: "It worked.")] : exitCodes
        text += "\nExit codes:\n" + Self.table(zip(codes.map { "\($0.code.rawValue)" }, codes.map(\.meaning)))
        return text
    }

    static func table(_ rows: some Sequence<(String, String)>) -> String {
        let rows = Array(rows)
        let width = rows.map { $0.0.count }.max() ?? 0
        return rows.map { head, tail in
            "  \(head)\(String(repeating: " ", count: width - head.count))  "
                + "\(folded(tail, indented: width + 4))\n"
        }.joined()
    }

    /// What fits a terminal that is a little wider than usual; lines that are broken by hand are shorter.
    private static let columns = 110

    /// `text` with the lines that are too long broken between words; those it grows by begin after `indent`
    /// spaces.
    ///
    /// What is made of the adapters' names grows with every adapter, and cannot be broken by hand.
    static func folded(_ text: String, indented indent: Int = 0) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard indent + line.count > columns else { return String(line) }
            let blanks = line.prefix { $0 == " " }
            var lines = [String(blanks)]
            for word in line.dropFirst(blanks.count).split(separator: " ", omittingEmptySubsequences: false) {
                let last = lines[lines.count - 1]
                if last.allSatisfy({ $0 == " " }) {
                    lines[lines.count - 1] += word
                } else if indent + last.count + 1 + word.count <= columns {
                    lines[lines.count - 1] += " \(word)"
                } else {
                    lines.append(String(word))
                }
            }
            return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
        }.joined(separator: "\n")
    }
}
