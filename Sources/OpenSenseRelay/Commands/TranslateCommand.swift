internal import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks
internal import RelayCore

/// `translate`: shows what a vendor would be sent.
struct TranslateCommand: Command {
    let context: CommandContext

    var help: CommandHelp {
        CommandHelp(
            name: "translate", arguments: "CAPTURE", argumentCount: 1...1,
            summary: "Print the requests that a captured delivery would become, secrets masked.",
            discussion: """
                The delivery is judged on its own: what came before it decides in a running relay whether it is sent.
                Where a request depends on the vendor's answer to one before it, only the first are printed.
                The vendor's settings come from the environment, or with --config from the destination of that name;
                keys are replaced by made-up ones. With --config places have the names of the configuration, too, and standard
                error says which route takes the event and where it goes.
                """,
            options: SecretOptions.options + [
                .init(
                    name: "--to", value: "ADAPTER",
                    summary: "For which vendor: \(context.adapterNames); with --config a destination, too."),
                .init(
                    name: "--config", value: "FILE",
                    summary: "The configuration that has names and destinations; its secrets are not read."),
                .init(name: "--unverified", summary: "Do not check the signature; no secret is needed."),
                CaptureFiles.headerOption,
                .init(name: "--json", summary: "Print one JSON object for each request."),
                .init(name: "--curl", summary: "Print curl commands; keys stand as shell variables."),
            ],
            examples: [
                .init(
                    command:
                        "opensense-relay translate Examples/captures/alarm_opened.http --to \(first?.name ?? "ADAPTER") --unverified",
                    summary: "What would \(first?.title ?? "a vendor") be sent?")
            ],
            exitCodes: [
                (.success, "The requests are printed, or a note that there are none."),
                (.no, "The signature does not hold."), (.usage, "The command was called wrongly."),
                (.badInput, "The capture is no delivery."), (.noInput, "There is no such file."),
                (.configuration, "There is no secret, or a setting or the configuration is wrong."),
            ])
    }

    /// The adapter of the example.
    private var first: AdapterType? { context.adapters.first }

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        let target = try target(arguments)
        let style = try RequestPrinter.Style(arguments, help)
        let verifier: WebhookVerifier? =
            if arguments.has("--unverified") { nil } else {
                try verifier(try SecretOptions.fetch(arguments, context))
            }
        var isVerified = true
        for capture in try CaptureFiles.read(arguments.positionals[0], arguments) {
            if let verifier, !verify(capture, verifier) {
                isVerified = false
                continue
            }
            try translate(capture, target, style)
        }
        return isVerified ? .success : .no
    }

    /// What translates, and how it reads.
    private struct Target {
        let adapter: ShownAdapter
        let wording: Wording
        /// The configuration whose routes the event goes by; nil for none.
        let document: ConfigurationDocument?
    }

    private func target(_ arguments: ParsedArguments) throws(CommandError) -> Target {
        let file = arguments.value("--config")
        let document: ConfigurationDocument? =
            if let file { try ConfigurationOptions.document(file: file, context) } else { nil }
        let destinations = document?.destinations ?? []
        let names = (destinations.map(\.name) + [context.adapterNames]).joined(separator: ", ")
        guard let name = arguments.value("--to") else {
            throw ParsedArguments.usage(help, "--to is missing; there are \(names).")
        }
        let wording = Wording(names: try ConfigurationOptions.names(of: document, file: file, context))
        if let destination = destinations.first(where: { $0.name == name }) {
            return Target(
                adapter: try ShownAdapter(destination),
                wording: Wording(names: wording.names, severities: destination.delivering.severityMap),
                document: document)
        }
        guard let type = context.adapters.first(where: { $0.name == name }) else {
            throw ParsedArguments.usage(help, "There is no adapter \(name); there are \(names).")
        }
        return Target(
            adapter: try ShownAdapter(type, context.environment), wording: wording, document: document)
    }

    private func verifier(_ secrets: [Secret]) throws(CommandError) -> WebhookVerifier {
        do { return try WebhookVerifier(secrets: secrets) } catch {
            throw CommandError(.configuration, error.description)
        }
    }

    /// A capture is always older than a minute: its age says nothing here.
    private func verify(_ capture: Capture, _ verifier: WebhookVerifier) -> Bool {
        let headers = capture.values(OpenSenseHeader.signature)
        do throws(VerificationError) {
            let signedAt = try SignatureHeader(only: headers).timestamp
            _ = try verifier.verify(body: capture.body.span, signatureHeaders: headers, at: signedAt)
            return true
        } catch {
            Terminal.error(
                "not verified (\(error.code)): \(error.description) To translate it anyway: --unverified.\n")
            return false
        }
    }

    private func translate(
        _ capture: Capture, _ target: Target, _ style: RequestPrinter.Style
    ) throws(CommandError) {
        let delivery: Delivery
        do { delivery = try Delivery(body: capture.body) } catch {
            throw CommandError(.badInput, error.description)
        }
        if let document = target.document {
            Terminal.error(Terminal.plain(document.way(of: delivery.event)) + "\n")
        }
        guard let action = Route.usualAction(for: delivery.event.kind) else {
            return Terminal.error(
                "nothing is sent for the kind \(Terminal.plain(delivery.event.kind.name)); it is only recorded.\n"
            )
        }
        let id = delivery.id ?? capture.values(OpenSenseHeader.deliveryID).first ?? "unnamed"
        let update = IncidentUpdate(
            action: action, key: IncidentKey(delivery.event, fallback: id), event: delivery.event,
            deliveryID: id, wording: target.wording, writtenAt: signedAt(capture))
        try show(update, target.adapter, RequestPrinter(style: style, adapter: target.adapter))
    }

    /// When a capture was signed; nil where it does not say.
    private func signedAt(_ capture: Capture) -> Int? {
        try? SignatureHeader(only: capture.values(OpenSenseHeader.signature)).timestamp
    }

    /// Prints the requests that follow from one another when the vendor accepts each without a word.
    private func show(
        _ update: IncidentUpdate, _ adapter: ShownAdapter, _ printer: RequestPrinter
    ) throws(CommandError) {
        let title = adapter.type.title
        guard adapter.adapter.traits.actions.contains(update.action) else {
            return Terminal.error("\(title) has no use for \(update.action.rawValue).\n")
        }
        let rehearsal = AdapterRehearsal(update, by: adapter.adapter, context: .shown) { _ in
            VendorResponse(status: 202)
        }
        if let error = rehearsal.error, rehearsal.turns.isEmpty {
            throw CommandError(.badInput, error.description)
        }
        let requests = rehearsal.turns.filter { !$0.isDelayed }.map(\.request)
        if requests.isEmpty { Terminal.error("\(title) has no use for \(update.action.rawValue).\n") }
        for request in requests { Terminal.out(printer.text(request)) }
        if case .done? = rehearsal.end { return }
        if !requests.isEmpty { Terminal.error("What follows depends on \(title)'s answer.\n") }
    }
}

extension ConfigurationDocument {
    /// Which route takes an event, and where to, in a sentence.
    func way(of event: Event) -> String {
        guard let index = Router(routes).index(event) else {
            return "No route takes the event: it is stored and sent nowhere."
        }
        let (route, name) = (routes[index], event.kind.name)
        let isWritten = places.outline?.values["routes"] != nil
        let taker = isWritten ? "routes[\(index)] takes the event" : "There are no routes"
        if route.destinations.isEmpty { return "\(taker): it is stored and sent nowhere." }
        guard let action = route.action(for: event.kind) else {
            return "\(taker): \(name) is only recorded and sent nowhere."
        }
        return
            "\(taker): \(name) goes as \(action.rawValue) to \(route.destinations.joined(separator: ", "))."
    }
}
