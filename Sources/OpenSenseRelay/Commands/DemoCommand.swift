internal import AdapterKit
internal import OpenSenseWebhooks
internal import VendorSandbox

/// `demo`: the whole story of an alarm, in one process on this machine.
struct DemoCommand: Command {
    let context: CommandContext

    let help = CommandHelp(
        name: "demo",
        summary: "Tell the story of an alarm with a relay and emulated vendors, and check its end.",
        discussion: """
            Starts the relay and the sandbox on free ports of this machine, with a store in a temporary folder and
            secrets made up for the occasion; sends signed deliveries, breaks a vendor, and looks at the incidents
            that result.
            """,
        options: [.init(name: "--log", summary: "Print the relay's log to standard error.")],
        exitCodes: [
            (.success, "Everything went as it should."), (.no, "Something did not; it says what."),
            (.usage, "The command was called wrongly."), (.unavailable, "No port or folder could be had."),
        ])

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        let folder = Files.temporaryFolder + "/opensense-relay-demo-\(Live.freshID())"
        // The system's own cleaning is next in line.
        defer { try? Files.remove(folder) }
        let vendors = context.emulated.map(\.emulator)
        let sandbox = try SandboxCommand.start(vendors, ListenAddress(host: "127.0.0.1", port: 0))
        defer { sandbox.stop() }
        let secret = Live.freshID() + Live.freshID()
        let configuration = try configuration(
            secret: secret, sandboxPort: sandbox.port, store: folder + "/relay.db")
        let log = arguments.has("--log") ? Live.log(.logfmt) : nil
        let relay = try ServeCommand.start(configuration, observe: { log?.observe($0) })
        let (stops, stop) = AsyncStream<Void>.makeStream()
        async let running: Void = relay.run(until: { for await _ in stops { return } })
        let story = try DemoStory(relayPort: relay.port, sandbox: sandbox, vendors: vendors, secret: secret)
        let isGood = await story.run()
        stop.yield()
        await running
        Terminal.out(
            isGood
                ? "\nThe story ended well: nothing lost, nobody paged twice, nothing left open.\n"
                : "\nThe story did NOT end well; the steps marked ✗ say where.\n")
        return isGood ? .success : .no
    }

    private func configuration(
        secret: String, sandboxPort: Int, store: String
    ) throws(CommandError) -> Configuration {
        var environment = [ConfigurationSettings.secretVariable: secret]
        for (type, emulator) in context.emulated {
            let values = emulator.adapterSettings(at: "http://127.0.0.1:\(sandboxPort)")
            for setting in type.settings { environment[setting.environmentVariable] = values[setting.name] }
        }
        var settings = ConfigurationSettings(
            environment: environment, adapters: context.emulated.map(\.type))
        settings.override("listen", with: "127.0.0.1:0", from: "demo")
        settings.override("store", with: "sqlite:\(store)", from: "demo")
        do {
            return try Configuration(
                ConfigurationDocument(settings, adapters: context.adapters),
                in: ConfigurationEnvironment(
                    variables: environment, isRoot: false, readFile: Files.contents))
        } catch { throw CommandError(.configuration, error.description) }
    }
}
