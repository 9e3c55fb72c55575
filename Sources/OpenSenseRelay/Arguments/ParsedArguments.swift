/// The arguments of a command, checked against its help.
struct ParsedArguments {
    /// What is not an option, in order.
    private(set) var positionals: [String] = []
    private var values: [String: [String]] = [:]

    /// Sorts `arguments` into what `help` knows.
    ///
    /// - Throws: ``CommandError`` with code 64 for an option it does not know, a missing value, or too many
    ///   or too few arguments.
    init(_ arguments: [String], for help: CommandHelp) throws(CommandError) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--" {
                positionals += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                positionals.append(word)
                continue
            }
            try readOption(word, &rest, help)
        }
        guard help.argumentCount.contains(positionals.count) else {
            let fault =
                positionals.count < help.argumentCount.lowerBound
                ? "\(help.arguments) is missing" : "there are too many arguments"
            throw Self.usage(help, "\(fault).")
        }
    }

    /// Whether there is nothing at all.
    var isEmpty: Bool { positionals.isEmpty && values.isEmpty }

    /// Whether an option was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The value of an option, the last when it was given more than once.
    func value(_ name: String) -> String? { values[name]?.last }

    /// Every value of an option.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    static func usage(_ help: CommandHelp, _ fault: String) -> CommandError {
        CommandError(.usage, "\(fault) See: opensense-relay \(help.name) --help")
    }

    private mutating func readOption(
        _ word: String, _ rest: inout ArraySlice<String>, _ help: CommandHelp
    ) throws(CommandError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = help.options.first(where: { $0.name == name }) else {
            let nearest = NearestName.of(name, among: help.options.map(\.name) + ["--help"])
            throw Self.usage(
                help, "There is no option \(name)\(nearest.map { "; did you mean \($0)?" } ?? ".")")
        }
        if values[name] != nil, !option.isRepeatable {
            throw Self.usage(help, "\(name) is given more than once.")
        }
        guard option.value != nil else {
            guard parts.count == 1 else { throw Self.usage(help, "\(name) takes no value.") }
            values[name] = [""]
            return
        }
        guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
            throw Self.usage(help, "\(name) needs a value: \(name) \(option.value ?? "").")
        }
        values[name, default: []].append(value)
    }
}
