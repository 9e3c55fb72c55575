internal import FoundationEssentials
internal import Glibc
internal import OpenSenseRelay

/// Something that `opensense-relay` does.
protocol Command {
    /// What it is for and how it is called.
    static var help: CommandHelp { get }

    /// Does it.
    static func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode
}

@main
enum Main {
    static var commands: [any Command.Type] {
        [
            ServeCommand.self, VerifyCommand.self, TranslateCommand.self, SignCommand.self, SendCommand.self,
            ReplayCommand.self,
            DeliveriesCommand.self, DeadLettersCommand.self, QuarantineCommand.self, SandboxCommand.self,
            DemoCommand.self, CheckConfigCommand.self,
        ]
    }

    static func main() async {
        // A reader that has gone (`| head`) must not end the process before it has cleaned up.
        signal(SIGPIPE, SIG_IGN)
        // The store holds what sensors tell: it is for its owner alone.
        umask(0o077)
        // A limit on the size of files must be an error of the store, which passes, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        var code: ExitCode
        do throws(CommandError) {
            code = try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            Terminal.error("opensense-relay: \(error.message)\n")
            code = error.code
        }
        Live.logLines.flush()
        exit(code.rawValue)
    }

    private static func run(_ arguments: [String]) async throws(CommandError) -> ExitCode {
        guard let name = arguments.first else {
            Terminal.error(overview)
            return .usage
        }
        switch name {
        case "--help", "-h", "help":
            guard arguments.count > 1, let command = command(arguments[1]) else {
                Terminal.out(overview)
                return .success
            }
            Terminal.out(command.help.text)
            return .success
        case "--version":
            Terminal.out("opensense-relay \(Version.text)\n")
            return .success
        default: break
        }
        guard let command = command(name) else {
            let nearest = NearestName.of(name, among: commands.map { $0.help.name })
            let hint = nearest.map { "did you mean \($0)?" } ?? "see: opensense-relay --help"
            throw CommandError(.usage, "There is no command \(name); \(hint)")
        }
        let rest = Array(arguments.dropFirst())
        if rest.contains("--help") || rest.contains("-h") {
            Terminal.out(command.help.text)
            return .success
        }
        return try await command.run(ParsedArguments(rest, for: command.help))
    }

    private static func command(_ name: String) -> (any Command.Type)? {
        commands.first { $0.help.name == name }
    }

    private static var overview: String {
        """
        Relays OpenSense alarms to PagerDuty, Opsgenie and others: verified, stored, delivered once.

        Usage: opensense-relay COMMAND [ARGUMENT…]

        Commands:
        \(CommandHelp.table(commands.map { ($0.help.name, $0.help.summary) }))
        opensense-relay COMMAND --help tells more; opensense-relay --version tells the version.

        """
    }
}
