internal import AdapterKit
internal import RelayCore
internal import VendorSandbox

/// `sandbox`: the vendors, emulated.
struct SandboxCommand: Command {
    let context: CommandContext

    var help: CommandHelp {
        CommandHelp(
            name: "sandbox", summary: "Emulate \(titles), with a page that shows their incidents.",
            discussion: """
                Point a relay at it; at another address the beginning differs:
                \(addresses)
                Open its address in a browser for the incidents;
                GET /incidents has them as JSON. POST /faults orders a fault, DELETE /faults takes all back:
                {"vendor": "\(exampleVendor)", "kind": "status", "status": 503, "nextRequests": 3}. A kind is status, latency
                (with latencyMilliseconds) or drop; "share": 0.1 in place of nextRequests hits one in ten.
                """,
            options: [
                .init(
                    name: "--listen", value: "HOST:PORT",
                    summary: "Where to listen (default 127.0.0.1:8090); port 0 takes any free one.")
            ],
            examples: [
                .init(command: "opensense-relay sandbox --listen 127.0.0.1:8090", summary: "Start it")
            ],
            exitCodes: [
                (.success, "It stopped on request."), (.usage, "The command was called wrongly."),
                (.unavailable, "The port cannot be had."),
            ])
    }

    private var exampleVendor: String { context.emulators.first?.vendor.rawValue ?? "*" }

    private var titles: String { context.emulators.map(\.title).joined(separator: ", ") }

    /// A line for each setting that has the sandbox's address: its variable and what it is set to.
    private var addresses: String {
        let address = "http://\(Self.usualAddress)"
        return context.emulated.flatMap { type, emulator in
            let values = emulator.adapterSettings(at: address)
            return type.settings.compactMap { setting in
                values[setting.name].flatMap { value in
                    value.hasPrefix(address) ? "  \(setting.environmentVariable)=\(value)" : nil
                }
            }
        }.joined(separator: "\n")
    }

    private static let usualAddress = "127.0.0.1:8090"

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        guard let address = ListenAddress(arguments.value("--listen") ?? Self.usualAddress) else {
            throw ParsedArguments.usage(help, "--listen takes HOST:PORT, such as 127.0.0.1:8090.")
        }
        let stopped = StopSignals.catching()
        let sandbox = try Self.start(context.emulators, address)
        Terminal.out(
            "The sandbox listens on http://\(ListenAddress(host: address.host, port: sandbox.port))/\n")
        await stopped()
        sandbox.stop()
        return .success
    }

    /// - Throws: ``CommandError`` with code 69.
    static func start(
        _ emulators: [any VendorEmulator], _ address: ListenAddress
    ) throws(CommandError) -> Sandbox {
        if emulators.isEmpty { throw CommandError(.unavailable, "This program was built without emulators.") }
        let world = Sandbox.World(
            now: { Double(Live.wallTime().unixMilliseconds) / 1_000 }, after: Live.after)
        do { return try Sandbox(emulators, host: address.host, port: address.port, world: world) } catch {
            throw CommandError(.unavailable, error.description)
        }
    }
}
