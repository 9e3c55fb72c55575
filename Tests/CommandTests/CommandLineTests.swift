import Foundation
import Testing

@Suite struct `The command line` {
    static let exitCodes: [(command: String, codes: [Int])] = [
        ("serve", [0, 64, 66, 69, 78]), ("verify", [0, 1, 64, 65, 66, 78]),
        ("translate", [0, 1, 64, 65, 66, 78]), ("sign", [0, 64, 65, 66, 69, 78]),
        ("send", [0, 1, 64, 65, 66, 69, 78]), ("sandbox", [0, 64, 69]), ("demo", [0, 1, 64, 69]),
        ("replay", [0, 1, 64, 65, 66, 69, 78]), ("check-config", [0, 64, 66, 78]),
        ("deliveries", [0, 1, 64, 66, 69, 78]),
        ("dead-letters", [0, 1, 64, 66, 69, 78]), ("quarantine", [0, 1, 64, 66, 69, 78]),
        ("setup", [0, 64]), ("backup", [0, 1, 64, 66, 69, 78]),
        ("store", [0, 64, 66, 69, 78]),
    ]

    @Test func `--help exits 0 and names every exit code, for every command there is`() async throws {
        try await World.run { world in
            let overview = try await world.run(["--help"])
            #expect(overview.end == .exit(0))
            let listed = overview.out.split(separator: "\n").drop { $0 != "Commands:" }.dropFirst()
                .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.compactMap {
                    $0.split(separator: " ").first.map(String.init)
                }
            #expect(Set(listed) == Set(Self.exitCodes.map(\.command)))
            for row in Self.exitCodes {
                let help = try await world.run([row.command, "--help"])
                #expect(help.end == .exit(0))
                let codes = help.out.split(separator: "\n").drop { $0 != "Exit codes:" }.dropFirst()
                    .compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
                #expect(codes == row.codes, "\(row.command)")
                #expect(help.out.contains("Usage: opensense-relay \(row.command)"))
            }
        }
    }

    @Test func `no line of a help is too long for a terminal, but a command to copy`() async throws {
        try await World.run { world in
            for command in [[]] + Self.exitCodes.map({ [$0.command] }) {
                let help = try await world.run(command + ["--help"])
                let long = help.out.split(separator: "\n").filter {
                    $0.count > 110 && !$0.hasPrefix("  opensense-relay ")
                        && !$0.hasPrefix("  OPENSENSE_SECRET=")
                }
                #expect(long == [], "\(command)")
            }
        }
    }

    struct Misuse: CustomTestStringConvertible {
        let words: [String]
        let code: Int32
        let hint: String

        var testDescription: String { words.joined(separator: " ") }

        init(_ words: String, _ code: Int32, _ hint: String) {
            (self.words, self.code, self.hint) = (words.split(separator: " ").map(String.init), code, hint)
        }
    }

    static let misuses: [Misuse] = [
        .init("serv", 64, "did you mean serve?"), .init("translat", 64, "did you mean translate?"),
        .init("zzzzzzzz", 64, "--help"), .init("", 64, "Usage:"),
        .init("serve --lisen :0", 64, "did you mean --listen?"),
        .init("verify --jsn x", 64, "did you mean --json?"), .init("serve --listen", 64, "HOST:PORT"),
        .init("serve --listen nowhere", 64, "HOST:PORT"), .init("serve x", 64, "too many arguments"),
        .init("serve --store mysql:x", 64, "sqlite:PATH"), .init("serve --log xml", 64, "logfmt"),
        .init("verify", 64, "CAPTURE… is missing"), .init("verify --at yesterday x", 64, "--at takes"),
        .init("verify --tolerance -5 x", 64, "--tolerance takes"),
        .init("translate x", 64, "--to is missing"),
        .init("translate x --to pagerdut", 64, "pagerduty"),
        .init("translate x --to pagerduty --json --curl", 64, "exclude each other"),
        .init("send alarm_opened", 64, "--to is missing"), .init("send alarm_opened --to ftp://x", 64, "URL"),
        .init("send alarm_opened --to http://127.0.0.1:9/ --count 0", 64, "--count"),
        .init("sandbox --listen 99999", 64, "HOST:PORT"), .init("check-config a b", 64, "too many arguments"),
        .init("setup", 64, "ADAPTER is missing"),
        .init("deliveries --all", 64, "What to do is missing; it is list, show, retry or discard."),
        .init("dead-letters", 64, "discard, or give-up"),
        .init(
            "setup nowhere", 64,
            "pagerduty, jira-service-management, opsgenie, better-stack, better-stack-incidents"),
        .init("sign /nonexistent/body", 66, "/nonexistent/body"),
        .init("translate /nonexistent/capture --to pagerduty", 66, "/nonexistent/capture"),
        .init("send /nonexistent/capture --to http://127.0.0.1:9/", 66, "/nonexistent/capture"),
        .init("serve --config /nonexistent/relay.json5", 66, "/nonexistent/relay.json5"),
        .init("check-config /nonexistent/relay.json5", 66, "/nonexistent/relay.json5"),
    ]

    @Test(arguments: misuses)
    func `a wrong call has its exit code and says what to do`(_ misuse: Misuse) async throws {
        try await World.run { world in
            let ended = try await world.run(misuse.words, environment: ["OPENSENSE_SECRET": Keys.secret])
            #expect(ended.end == .exit(misuse.code))
            #expect(ended.out.isEmpty)
            #expect(ended.error.contains(misuse.hint), "\(ended.error)")
            #expect(!Keys.isIn(ended.error))
        }
    }

    @Test func `without a secret every command that needs one is 78 and names the variable`() async throws {
        try await World.run { world in
            let file = try world.write(TestDelivery.documentedBody, to: "body.json")
            for words in [
                ["sign", file], ["verify", file], ["translate", file, "--to", "pagerduty"],
                ["send", "alarm_opened", "--to", "http://127.0.0.1:9/"],
            ] {
                let ended = try await world.run(words)
                #expect(ended.end == .exit(78), "\(words)")
                #expect(ended.error.contains("OPENSENSE_SECRET"), "\(ended.error)")
            }
        }
    }

    @Test func `check-config shows what is in force and no secret`() async throws {
        try await World.run { world in
            let file = try world.write(
                """
                { listen: { address: ":81", trustedProxies: ["10.0.0.0/8"] },
                  sources: [{ secrets: ["env:OPENSENSE_SECRET", "file:\(world.path("old"))"] }],
                  destinations: { oncall: { adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY" },
                                  backup: { adapter: "opsgenie", apiKey: "env:OPSGENIE_API_KEY" } } }
                """, to: "relay.json5")
            _ = try world.write(Keys.otherSecret + "\n", to: "old")
            let environment = World.environment(["pagerduty", "opsgenie"], at: "http://127.0.0.1:9")
            for words in [["check-config", file], ["check-config", file, "--json"], ["check-config"]] {
                let ended = try await world.run(words, environment: environment)
                #expect(ended.end == .exit(0), "\(words)")
                #expect(ended.out.contains("pagerduty"))
                #expect(ended.out.contains("toleranceSeconds"))
                #expect(ended.out.contains("10.0.0.0") == (words.count > 1))
                #expect(!Keys.isIn(ended.out + ended.error), "\(words)")
            }
        }
    }

    @Test func `setup prints what each vendor needs, as text and as JSON`() async throws {
        try await World.run { world in
            for (adapter, word) in [
                ("pagerduty", "Events API v2"), ("opsgenie", "API integration"), ("better-stack", "alert_id"),
                ("better-stack-incidents", "API tokens"), ("webhook", "WEBHOOK_SECRET"),
            ] {
                let text = try await world.run(["setup", adapter])
                #expect(text.end == .exit(0))
                #expect(text.out.contains(word) && text.out.hasSuffix("\n") && text.error.isEmpty)
                let json = try await world.run(["setup", adapter, "--json"])
                #expect(json.end == .exit(0))
                let object = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: String]
                #expect(object?["adapter"] == adapter)
                #expect(object?["guide"].map { $0 + "\n" } == text.out)
            }
        }
    }

    @Test func `an address with a token is shown without it, and the sandbox says which one it is`()
        async throws
    {
        try await World.run { world in
            let file = try world.write(TestDelivery.documentedBody, to: "body.json")
            for token in [nil, "a-token-that-is-given"] {
                let url = token.map { "https://vendor.example/api/v1/incoming-webhook/\($0)" }
                let ended = try await world.run(
                    ["translate", file, "--to", "better-stack", "--unverified"],
                    environment: url.map { ["BETTER_STACK_WEBHOOK_URL": $0] } ?? [:])
                #expect(ended.end == .exit(0), "\(ended.error)")
                #expect(ended.out.hasPrefix("POST /api/v1/incoming-webhook/•••• HTTP/1.1\n"), "\(ended.out)")
            }
            let help = try await world.run(["sandbox", "--help"])
            #expect(
                help.out.contains("BETTER_STACK_WEBHOOK_URL=http://127.0.0.1:8090/api/v1/incoming-webhook/"))
            #expect(help.out.contains("PAGERDUTY_BASE_URL=http://127.0.0.1:8090\n"))
        }
    }

    @Test func `the demo ends well`() async throws {
        try await World.run { world in
            // It keeps nothing: neither in the folder for temporary files nor elsewhere.
            let ended = try await world.run(["demo"], environment: ["TMPDIR": world.folder.path])
            #expect(ended.end == .exit(0), "\(ended.out)")
            #expect(!ended.out.contains("✗"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder.path).isEmpty)
        }
    }
}
