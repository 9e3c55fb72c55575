internal import AdapterKit
internal import FoundationEssentials
internal import OpenSenseRelay
internal import OpenSenseWebhooks
internal import RelayHTTP
internal import VendorSandbox

/// `send`: acts as OpenSense.
enum SendCommand: Command {
    static let help = CommandHelp(
        name: "send", arguments: "KIND|CAPTURE", argumentCount: 1...1,
        summary: "Act as OpenSense: send an event with fresh ids, signed now.",
        discussion: """
            KIND is one of \(SampleDelivery.kinds.prefix(5).joined(separator: ", ")),
            \(SampleDelivery.kinds.dropFirst(5).joined(separator: ", ")). A CAPTURE keeps its event; the delivery's id
            and time and the signature are new.
            """,
        options: Secrets.options + [
            .init(name: "--to", value: "URL", summary: "Where to; required."),
            .init(name: "--count", value: "N", summary: "Send so many, one after the other (default 1)."),
            .init(name: "--retries", summary: "Follow OpenSense's retry table: up to 10 hours."),
            .init(name: "--site", value: "ID", summary: "The site of a KIND (default site_4f3c)."),
            .init(name: "--device", value: "ID", summary: "The device of a KIND (default dev_b1d2)."),
            .init(name: "--channel", value: "ID", summary: "The channel of a KIND (default chn_a1b2)."),
        ],
        examples: [
            .init(
                command: "opensense-relay send alarm_opened --to http://127.0.0.1:8080/opensense",
                summary: "Raise an alarm")
        ],
        exitCodes: [
            (.success, "Every delivery was answered 2xx."), (.no, "At least one was not."),
            (.usage, "The command was called wrongly."), (.badInput, "The capture is no delivery."),
            (.noInput, "There is no such file."), (.unavailable, "The receiver cannot be reached."),
            (.configuration, "There is no secret."),
        ])

    static func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        guard let to = arguments.value("--to") else { throw ParsedArguments.usage(help, "--to is missing.") }
        let url = try TargetURL(to, help)
        guard let count = Int(arguments.value("--count") ?? "1"), (1...1_000_000).contains(count) else {
            throw ParsedArguments.usage(help, "--count takes 1 to 1000000.")
        }
        let signer = try Secrets.signer(arguments)
        let template = try DeliveryTemplate(arguments.positionals[0], arguments)
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

/// What is sent: a kind's sample, or the event of a capture.
struct DeliveryTemplate {
    private let make: (_ id: String, _ attempt: Int, _ time: Int) throws(CommandError) -> [UInt8]

    /// - Throws: ``CommandError`` with code 65 or 66 for a file that is no delivery or not there.
    init(_ word: String, _ arguments: ParsedArguments) throws(CommandError) {
        if SampleDelivery.kinds.contains(word) {
            make = { (id, attempt, time) throws(CommandError) in
                var sample = SampleDelivery(
                    kind: word, eventID: "evt_\(id.dropFirst(3))", deliveryID: id, time: time)
                sample.siteID = arguments.value("--site") ?? sample.siteID
                sample.deviceID = arguments.value("--device") ?? sample.deviceID
                sample.channelID = arguments.value("--channel") ?? sample.channelID
                sample.attempt = attempt
                return sample.body
            }
            return
        }
        if !FileManager.default.fileExists(atPath: word), word != "-",
            let nearest = NearestName.of(word, among: SampleDelivery.kinds)
        {
            throw CommandError(.noInput, "There is no kind and no file \(word); did you mean \(nearest)?")
        }
        let captures = try CaptureFiles.read(word, arguments)
        guard let body = captures.first?.body, case .object(let members)? = JSONBody.decode(body),
            case .object(let event)? = members["event"], event["kind"] != nil
        else {
            let hint =
                "neither a kind (\(SampleDelivery.kinds.joined(separator: ", "))) nor a capture of a delivery"
            throw CommandError(.badInput, "\(word) is \(hint).")
        }
        make = { (id, attempt, time) throws(CommandError) in
            var members = members
            members["delivery"] = [
                "id": .string(id), "attempt": .number(JSONNumber(attempt)),
                "delivered_at": .string(Self.text(time)),
            ]
            do { return try JSONBody.encode(.object(members)) } catch {
                throw CommandError(.badInput, "The capture is nested too deep to be written again.")
            }
        }
    }

    /// The body of one attempt.
    func body(id: String, attempt: Int, time: Int) throws(CommandError) -> [UInt8] {
        try make(id, attempt, time)
    }

    private static func text(_ time: Int) -> String {
        Date(timeIntervalSince1970: Double(time)).formatted(Date.ISO8601FormatStyle())
    }
}
