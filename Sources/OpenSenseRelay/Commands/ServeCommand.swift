internal import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks
internal import RelayCore

/// `serve`: the relay.
struct ServeCommand: Command {
    let context: CommandContext

    var help: CommandHelp {
        CommandHelp(
            name: "serve", summary: "Receive deliveries, store them, and relay them to the destinations.",
            discussion: """
                Without --config the environment is enough: OPENSENSE_SECRET and a destination's variables
                (\(context.adapterVariables)).
                Deliveries are received at /opensense; /healthz tells whether the process is up, /readyz whether
                the store can commit. Unless told otherwise the store is /var/lib/opensense-relay/relay.db for
                root, else $XDG_STATE_HOME or ~/.local/state, /opensense-relay/relay.db. SIGTERM ends it within
                10 seconds, with nothing lost.
                """,
            options: ConfigurationOptions.options + [
                .init(
                    name: "--listen", value: "HOST:PORT",
                    summary: "Where to listen (default 127.0.0.1:8080); port 0 takes any free one."),
                .init(
                    name: "--store", value: "URL",
                    summary:
                        "Where to keep what must not be lost: sqlite:PATH, or postgres://USER@HOST/DATABASE, "
                        + "which several relays can share, or memory: for trying it out."),
                .init(
                    name: "--log", value: "FORMAT", summary: "logfmt (default) or json, on standard error."),
                .init(
                    name: "--log-level", value: "LEVEL",
                    summary: "debug, info (default), warning or error: what matters less is left out."),
            ],
            examples: [
                .init(
                    command: "opensense-relay serve --config Examples/relay.json5 --store memory:",
                    summary: "Try a configuration without writing anything")
            ],
            exitCodes: [
                (.success, "It stopped on request."), (.usage, "The command was called wrongly."),
                (.noInput, "There is no such file."), (.unavailable, "The port or the store cannot be had."),
                (
                    .configuration,
                    "The configuration is at fault, or the store is a newer version's or none at all."
                ),
            ])
    }

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        guard let format = Log.Format(rawValue: arguments.value("--log") ?? "logfmt") else {
            throw ParsedArguments.usage(help, "--log takes logfmt or json.")
        }
        guard let level = RelayEvent.Level(rawValue: arguments.value("--log-level") ?? "info") else {
            throw ParsedArguments.usage(help, "--log-level takes debug, info, warning or error.")
        }
        try checkAddresses(arguments)
        let configuration = try ConfigurationOptions.read(arguments, context)
        let log = Live.log(format, levelMin: level)
        for warning in configuration.warnings { log.observe(.configurationSuspicious(reason: warning)) }
        for source in configuration.sources {
            for (index, secret) in source.secrets.enumerated() {
                for warning in secret.warnings {
                    log.observe(
                        .secretSuspicious(path: source.path, index: index, reason: "\(warning)"))
                }
            }
        }
        let stopped = StopSignals.catching { log.observe(.hungUp) }
        let sockets = try InheritedSockets(environment: context.environment)
        let relay = try Self.start(configuration, sockets: sockets, observe: log.observe)
        await relay.run(until: stopped)
        return .success
    }

    /// A wrong option is a wrong call, not a fault of the configuration.
    private func checkAddresses(_ arguments: ParsedArguments) throws(CommandError) {
        if let text = arguments.value("--listen"), ListenAddress(text) == nil {
            throw ParsedArguments.usage(help, "--listen takes HOST:PORT, such as 127.0.0.1:8080.")
        }
        if let text = arguments.value("--store"), StoreLocation(text) == nil {
            throw ParsedArguments.usage(
                help, StoreLocation.fault(of: text) ?? "--store takes \(StoreLocation.forms).")
        }
    }

    /// - Throws: ``CommandError`` with code 69, or 78 for a store that another version or program wrote.
    static func start(
        _ configuration: Configuration, sockets: InheritedSockets = InheritedSockets(),
        observe: @escaping @Sendable (RelayEvent) -> Void
    ) throws(CommandError) -> Relay {
        if case .sqlite(let path) = configuration.store {
            do { try Files.makeFolder(of: path) } catch {
                throw CommandError(
                    .unavailable, "The store's folder cannot be made (\(path)); name another with --store.")
            }
        }
        do {
            return try Relay(configuration, sockets: sockets, effects: Live.effects, observe: observe)
        } catch {
            switch error {
            case .store(let failure) where [.newerVersion, .damaged].contains(failure.kind):
                throw CommandError(.configuration, error.description)
            case .verifier: throw CommandError(.configuration, error.description)
            default: throw CommandError(.unavailable, error.description)
            }
        }
    }
}
