internal import OpenSenseWebhooks

/// `sign`: makes a capture of a body.
struct SignCommand: Command {
    let context: CommandContext

    let help = CommandHelp(
        name: "sign", arguments: "BODY", argumentCount: 1...1,
        summary: "Sign a body as OpenSense does and print the whole request.",
        discussion:
            "BODY is a file of up to 64 MiB, or - for standard input; its bytes are signed as they are.",
        options: SecretOptions.options + [
            .init(
                name: "--at", value: "WHEN",
                summary: "Sign at now (default), or at a time (2026-05-17T08:10:00Z)."),
            .init(
                name: "--to", value: "URL",
                summary: "The URL the request is meant for (default http://127.0.0.1:8080/opensense)."),
        ],
        examples: [
            .init(
                command:
                    "opensense-relay sign Examples/captures/alarm_opened.json | opensense-relay verify -",
                summary: "Sign a body and check it at once")
        ],
        exitCodes: [
            (.success, "The request is printed."), (.usage, "The command was called wrongly."),
            (.badInput, "BODY is too long."), (.noInput, "There is no such file."),
            (.unavailable, "libcrypto failed."),
            (.configuration, "There is no secret."),
        ])

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        let file = arguments.positionals[0]
        let body: [UInt8]
        do { body = try Files.read(file, bytesMax: Capture.bytesMax) } catch {
            throw CommandError(error, file)
        }
        if (try? Capture.captures(in: body))?.first.map({ !$0.fields.isEmpty }) ?? false {
            Terminal.error(
                "warning: this looks like a whole HTTP request; it is signed as if it were a body.\n")
        }
        let moment = try MomentOption(arguments.value("--at") ?? "now", help)
        let time = moment.unixSeconds(captured: nil, signed: Live.unixSeconds)
        let url = try TargetURL(arguments.value("--to") ?? "http://127.0.0.1:8080/opensense", help)
        let request = try SignedRequest(
            body: body, unixSeconds: time, signer: SecretOptions.signer(arguments, context))
        var text = "POST \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\n"
        for field in request.fields { text += "\(field.name): \(field.value)\r\n" }
        text += "Content-Length: \(body.count)\r\n\r\n"
        Terminal.out(Array(text.utf8) + body)
        return .success
    }
}
