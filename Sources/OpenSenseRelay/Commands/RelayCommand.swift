public import AdapterKit
public import VendorSandbox

/// The command line of a relay: `serve`, `verify`, `translate` and the others.
///
/// An executable with further adapters is three lines:
///
/// ```swift
/// import OpenSenseRelay
/// import StandardAdapters
///
/// await RelayCommand.main(
///     adapters: StandardAdapters.all + [MyVendor.type], emulators: StandardAdapters.emulators)
/// ```
public enum RelayCommand: Sendable {
    /// Runs the command that the arguments of the process name, and ends the process with its exit code.
    ///
    /// Call it once, as the last thing that the executable does. `--help` lists the commands. The process
    /// ignores SIGPIPE and SIGXFSZ from then on and makes files for its owner alone. Where standard output
    /// cannot be written the exit code is 69; a reader that has gone, as `| head -1` goes, changes nothing.
    ///
    /// - Parameters:
    ///   - adapters: The adapters that a configuration can name, in the order in which people see them; their
    ///     names differ.
    ///   - emulators: The vendors that `sandbox` and `demo` emulate, as they are at the start; their names
    ///     differ.
    @concurrent public static func main(
        adapters: [AdapterType], emulators: [any VendorEmulator] = []
    ) async -> Never {
        HostProcess.prepare()
        let context = CommandContext(
            adapters: adapters, emulators: emulators, environment: HostProcess.environment,
            isRoot: HostProcess.isRoot)
        var code: ExitCode
        do throws(CommandError) {
            code = try await run(HostProcess.arguments, commands(context), titles: adapters.map(\.title))
        } catch {
            Terminal.error("opensense-relay: \(error.message)\n")
            code = error.code
        }
        if let fault = Terminal.outputFault {
            Terminal.error("opensense-relay: \(fault)\n")
            if code == .success || code == .no { code = .unavailable }
        }
        HostProcess.end(code.rawValue)
    }

    private static func commands(_ context: CommandContext) -> [any Command] {
        [
            ServeCommand(context: context), VerifyCommand(context: context),
            TranslateCommand(context: context), SignCommand(context: context), SendCommand(context: context),
            ReplayCommand(context: context), DeliveriesCommand(context: context),
            DeadLettersCommand(context: context), QuarantineCommand(context: context),
            BackupCommand(context: context), StoreCommand(context: context),
            SandboxCommand(context: context), DemoCommand(context: context),
            CheckConfigCommand(context: context), SetupCommand(context: context),
        ]
    }

    private static func run(
        _ arguments: [String], _ commands: [any Command], titles: [String]
    ) async throws(CommandError) -> ExitCode {
        guard let name = arguments.first else {
            Terminal.error(overview(commands, titles))
            return .usage
        }
        switch name {
        case "--help", "-h", "help":
            guard arguments.count > 1, let command = commands.first(where: { $0.help.name == arguments[1] })
            else {
                Terminal.out(overview(commands, titles))
                return .success
            }
            Terminal.out(command.help.text)
            return .success
        case "--version":
            Terminal.out("opensense-relay \(Version.text)\n")
            return .success
        default: break
        }
        guard let command = commands.first(where: { $0.help.name == name }) else {
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

    private static func overview(_ commands: [any Command], _ titles: [String]) -> String {
        let vendors = titles.isEmpty ? "vendors" : "\(titles.joined(separator: ", ")) and others"
        return """
            \(CommandHelp.folded("Relays OpenSense alarms to \(vendors): verified, stored, delivered once."))

            Usage: opensense-relay COMMAND [ARGUMENT…]

            Commands:
            \(CommandHelp.table(commands.map { ($0.help.name, $0.help.summary) }))
            opensense-relay COMMAND --help tells more; opensense-relay --version tells the version.
            A command whose standard output cannot be written, as on a full disk, exits with 69; when a reader
            such as head has gone, it ends as it would have ended.

            """
    }
}
