internal import AdapterKit
internal import OpenSenseWebhooks

/// `setup`: what has to be made at the vendor before an adapter can be used.
struct SetupCommand: Command {
    let context: CommandContext

    var help: CommandHelp {
        CommandHelp(
            name: "setup", arguments: "ADAPTER", argumentCount: 1...1,
            summary: "Print what has to be set up at a vendor, and where its keys are found.",
            discussion:
                "There are \(context.adapterNames), in any case. Nothing is asked of the vendor, and no key is needed.",
            options: [.init(name: "--json", summary: "Print one JSON object; guide is null for none.")],
            examples: [
                .init(
                    command: "opensense-relay setup \(first?.name ?? "ADAPTER")",
                    summary: "What does \(first?.title ?? "a vendor") need?")
            ],
            exitCodes: [
                (.success, "The guide is printed, or that none is needed."),
                (.usage, "The command was called wrongly, or there is no such adapter."),
            ])
    }

    /// The adapter of the example.
    private var first: AdapterType? { context.adapters.first }

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        let name = arguments.positionals[0]
        let word = name.lowercased()
        guard let type = context.adapters.first(where: { [$0.name, $0.title.lowercased()].contains(word) })
        else {
            let nearest = NearestName.of(name, among: context.adapters.map(\.name))
            let hint = nearest.map { "did you mean \($0)? There" } ?? "there"
            throw ParsedArguments.usage(
                help, "There is no adapter \(name); \(hint) are \(context.adapterNames).")
        }
        Terminal.out(arguments.has("--json") ? json(type) : text(type))
        return .success
    }

    private func text(_ type: AdapterType) -> String {
        guard let guide = type.setupGuide else {
            return "Nothing has to be set up at \(type.title) for the adapter \(type.name).\n"
        }
        return guide.hasSuffix("\n") ? guide : guide + "\n"
    }

    private func json(_ type: AdapterType) -> String {
        PrintedJSON.line([
            "adapter": .string(type.name), "title": .string(type.title),
            "guide": type.setupGuide.map(JSONValue.string) ?? .null,
        ])
    }
}
