internal import HTTPClient
internal import OpenSenseWebhooks
internal import RelayStorage

/// `replay`: sends what was once received, byte for byte, signed now.
struct ReplayCommand: Command {
    let context: CommandContext

    let help = CommandHelp(
        name: "replay", arguments: "CAPTURE|ID", argumentCount: 1...1,
        summary: "Send a captured or stored delivery again, byte for byte, signed now.",
        discussion: """
            The delivery keeps its id, so a receiver that has it answers that it is a duplicate; send CAPTURE
            gives it a new one. An ID is a delivery's id or number in the store that --store or --config names.
            """,
        options: SecretOptions.options + [
            .init(name: "--to", value: "URL", summary: "Where to; required."),
            .init(
                name: "--config", value: "FILE", summary: "For an ID: the configuration that names the store."
            ),
            .init(name: "--store", value: "URL", summary: "For an ID: the store itself."),
        ],
        examples: [
            .init(
                command: """
                    opensense-relay replay Examples/captures/alarm_opened.http \\
                        --to http://127.0.0.1:8080/opensense
                    """, summary: "What does my receiver make of it?")
        ],
        exitCodes: [
            (.success, "Every request was answered 2xx."),
            (.no, "At least one was not, or there is no such ID."),
            (.usage, "The command was called wrongly."), (.badInput, "The file is no capture."),
            (.noInput, "There is no such file."),
            (.unavailable, "The receiver or the store cannot be reached."),
            (.configuration, "There is no secret, or the configuration is at fault."),
        ])

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        guard let to = arguments.value("--to") else { throw ParsedArguments.usage(help, "--to is missing.") }
        let url = try TargetURL(to, help)
        let signer = try SecretOptions.signer(arguments, context)
        let bodies = try bodies(arguments.positionals[0], arguments)
        let client: HTTPClient
        do { client = try HTTPClient() } catch { throw CommandError(.unavailable, error.message) }
        defer { client.close() }
        let sender = Sender(client: client, url: url.text, signer: signer, retries: false)
        var worst = ExitCode.success
        for body in bodies {
            let id = (try? Delivery(body: body))?.id ?? "-"
            let code = try await sender.send(id: Terminal.plain(id)) { (_) throws(CommandError) in body }
            if code != .success, worst != .unavailable { worst = code }
        }
        return worst
    }

    private func bodies(
        _ word: String, _ arguments: ParsedArguments
    ) throws(CommandError) -> [[UInt8]] {
        guard arguments.has("--store") || arguments.has("--config") else {
            return try CaptureFiles.read(word, arguments).map(\.body)
        }
        let desk = try DeskOptions.open(arguments, help, context)
        do throws(StoreError) {
            if let found = try desk.delivery(word) { return [found.body] }
        } catch { throw CommandError(.unavailable, error.description) }
        throw CommandError(.no, "The store has no delivery \(Terminal.plain(word)).")
    }
}
