internal import HTTPClient
internal import OpenSenseWebhooks
internal import VendorSandbox

/// `send`: acts as OpenSense.
struct SendCommand: Command {
    let context: CommandContext

    let help = CommandHelp(
        name: "send", arguments: "[KIND|CAPTURE]", argumentCount: 0...1,
        summary: "Act as OpenSense: send an event with fresh ids, signed now.",
        discussion: """
            KIND is one of \(SampleDelivery.kinds.prefix(5).joined(separator: ", ")),
            \(SampleDelivery.kinds.dropFirst(5).joined(separator: ", ")). A CAPTURE keeps its event; the delivery's id
            and time and the signature are new. Without any argument the kinds are listed.
            """,
        options: SecretOptions.options + [
            .init(name: "--to", value: "URL", summary: "Where to; required."),
            .init(name: "--count", value: "N", summary: "Send so many, one after the other (default 1)."),
            .init(name: "--retries", summary: "Follow OpenSense's retry table: 7 h 36 min in all."),
            .init(name: "--site", value: "ID", summary: "The site of a KIND (default site_4f3c)."),
            .init(name: "--device", value: "ID", summary: "The device of a KIND (default dev_b1d2)."),
            .init(name: "--severity", value: "WORD", summary: "How bad a KIND is (default alarm)."),
            .init(name: "--channel", value: "ID", summary: "The channel of a KIND (default chn_a1b2)."),
        ],
        examples: [
            .init(
                command: "opensense-relay send alarm_opened --to http://127.0.0.1:8080/opensense",
                summary: "Raise an alarm")
        ],
        exitCodes: [
            (.success, "Every delivery was answered 2xx, or the kinds are listed."),
            (.no, "At least one was not."),
            (.usage, "The command was called wrongly."), (.badInput, "The capture is no delivery."),
            (.noInput, "There is no such file."), (.unavailable, "The receiver cannot be reached."),
            (.configuration, "There is no secret."),
        ])

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        if arguments.isEmpty {
            Terminal.out(SampleDelivery.kinds.map { $0 + "\n" }.joined())
            return .success
        }
        guard let word = arguments.positionals.first else {
            let kinds = SampleDelivery.kinds.joined(separator: ", ")
            throw ParsedArguments.usage(help, "KIND or CAPTURE is missing; the kinds are \(kinds).")
        }
        guard let to = arguments.value("--to") else { throw ParsedArguments.usage(help, "--to is missing.") }
        let url = try TargetURL(to, help)
        guard let count = Int(arguments.value("--count") ?? "1"), (1...1_000_000).contains(count) else {
            throw ParsedArguments.usage(help, "--count takes 1 to 1000000.")
        }
        let signer = try SecretOptions.signer(arguments, context)
        let template = try DeliveryTemplate(word, arguments)
        let client: HTTPClient
        do { client = try HTTPClient() } catch { throw CommandError(.unavailable, error.message) }
        defer { client.close() }
        let sender = Sender(
            client: client, url: url.text, signer: signer, retries: arguments.has("--retries"))
        var worst = ExitCode.success
        for _ in 0..<count {
            let code = try await sender.send(template)
            if code != .success, worst != .unavailable { worst = code }
        }
        return worst
    }
}
