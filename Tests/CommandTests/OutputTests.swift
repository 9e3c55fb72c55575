import Foundation
import Testing

/// What becomes of output that cannot be written.
@Suite struct `Standard output` {
    private static let environment = [
        "OPENSENSE_SECRET": Keys.secret, "PAGERDUTY_ROUTING_KEY": Keys.routingKey,
    ]

    /// Commands that print; `$1` is a body.
    static let commands = [
        "--help", "--version", "verify --help", "sign \"$1\"", "verify \"$1\"", "verify --json \"$1\"",
        "translate \"$1\" --to pagerduty --unverified", "check-config", "check-config --json",
        "setup pagerduty", "deliveries list --json", "deliveries list", "send alarm_opened --to \"$2\"",
    ]

    /// Runs `script`, in which `$0` is the program, beside a store with one delivery.
    private func run(_ script: String, _ world: World) async throws -> (end: Program.End, error: String) {
        let relay = try await world.relay(at: "http://127.0.0.1:9")
        #expect(try relay.deliver(.documented).status == 200)
        let body = try world.write(TestDelivery.documentedBody, to: "body.json")
        let words = [
            "set -- '\(body)' 'http://127.0.0.1:\(relay.port)/opensense'",
            script.replacingOccurrences(of: "$0", with: "'\(try World.executable.path)'")
                .replacingOccurrences(of: "deliveries list", with: "$D"),
        ]
        let store = "deliveries list --store 'sqlite:\(world.path("relay.db"))'"
        let shell = try world.run(
            shell: words.joined(separator: "\n").replacingOccurrences(of: "$D", with: store),
            environment: Self.environment)
        return (try await shell.end(), shell.error)
    }

    @Test(arguments: commands) func `that is full is 69 and a sentence`(_ command: String) async throws {
        try await World.run { world in
            let ended = try await run("$0 \(command) > /dev/full", world)
            #expect(ended.end == .exit(69), "\(ended.error)")
            #expect(ended.error.contains("Standard output could not be written: no space left"))
        }
    }

    @Test(arguments: [">&-", ">&- <&-"]) func `that is closed is 69, and no store is in its place`(
        _ closed: String
    ) async throws {
        try await World.run { world in
            let ended = try await run("$0 deliveries list \(closed)", world)
            #expect(ended.end == .exit(69))
            #expect(ended.error.contains("Standard output could not be written"), "\(ended.error)")
        }
    }

    @Test(arguments: commands) func `whose reader has gone ends the command as it would have ended`(
        _ command: String
    ) async throws {
        try await World.run { world in
            let code = command.hasPrefix("verify") && !command.contains("help") ? 1 : 0
            // The reader is gone before the first word: the command waits for it.
            let fifo = world.path("gone")
            let script = """
                mkfifo '\(fifo)'; exec 3<>'\(fifo)'
                { read -r _ <&3; $0 \(command); echo "code $?" >&2; } | { exec <&-; echo go >&3; }
                """
            let ended = try await run(script, world)
            #expect(ended.error.contains("code \(code)\n"), "\(ended.error)")
            #expect(!ended.error.contains("Standard output"))
        }
    }
}
