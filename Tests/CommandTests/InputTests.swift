import Foundation
import Testing

/// What a command reads never has a bound of its reader's memory.
@Suite struct `What a command reads` {
    private static let environment = [
        "OPENSENSE_SECRET": Keys.secret, "PAGERDUTY_ROUTING_KEY": Keys.routingKey,
    ]

    /// Commands that read a capture or a body in place of `FILE`.
    static let commands = [
        "verify FILE", "sign FILE", "translate FILE --to pagerduty --unverified",
        "send FILE --to http://127.0.0.1:9/", "replay FILE --to http://127.0.0.1:9/",
    ]

    /// Runs a command in the folder, in 1 GB of address space.
    private func run(
        _ command: String, file: String, _ world: World, before: String = ""
    ) async throws -> (end: Program.End, said: String) {
        let words = command.replacingOccurrences(of: "FILE", with: file)
        let shell = try world.run(
            shell: """
                cd '\(world.folder.path)'; \(before)
                ulimit -v 1000000; '\(try World.executable.path)' \(words)
                """,
            environment: Self.environment)
        return (try await shell.end(), shell.out + shell.error)
    }

    /// What has no end, or one too far away.
    static let endless: [(file: String, before: String)] = [
        ("large", "truncate -s 1G large"), ("/dev/zero", ""), ("- < /dev/zero", ""),
        ("fifo", "mkfifo fifo; (cat /dev/zero > fifo) 2>/dev/null &"),
    ]

    @Test(arguments: commands, endless) func `is too long beyond 64 MiB`(
        _ command: String, _ row: (file: String, before: String)
    ) async throws {
        try await World.run { world in
            let ended = try await run(command, file: row.file, world, before: row.before)
            #expect(ended.end == .exit(65), "\(ended.said)")
            #expect(ended.said.contains("64 MiB, the most that is read"), "\(ended.said)")
        }
    }

    @Test(arguments: commands) func `is no folder, and says so`(_ command: String) async throws {
        try await World.run { world in
            let ended = try await run(command, file: "folder", world, before: "mkdir folder")
            #expect(ended.end == .exit(66), "\(ended.said)")
            #expect(ended.said.contains("folder is a folder"), "\(ended.said)")
        }
    }

    @Test(.enabled(if: geteuid() != 0)) func `that may not be read is denied, and says so`() async throws {
        try await World.run { world in
            let ended = try await run("verify FILE", file: "mine", world, before: "echo > mine; chmod 0 mine")
            #expect(ended.end == .exit(66), "\(ended.said)")
            #expect(ended.said.contains("permission denied"), "\(ended.said)")
        }
    }

    @Test(arguments: [
        ("/dev/zero", 78, "4 MiB"), ("folder", 66, "is a folder"), ("missing", 66, "There is no file"),
    ]) func `as a configuration has a bound`(_ file: String, _ code: Int32, _ words: String) async throws {
        try await World.run { world in
            for command in ["check-config FILE", "serve --config FILE", "deliveries list --config FILE"] {
                let ended = try await run(command, file: file, world, before: "mkdir folder")
                #expect(ended.end == .exit(code), "\(command): \(ended.said)")
                #expect(ended.said.contains(words), "\(command): \(ended.said)")
            }
        }
    }

    @Test(arguments: [
        ("/dev/zero", "the most that is read"), ("/", "is a folder"),
        ("/nowhere", "There is no file /nowhere"),
    ]) func `as a secret or as names has a bound`(_ file: String, _ words: String) async throws {
        try await World.run { world in
            for (secret, names) in [("file:\(file)", "{}"), ("env:OPENSENSE_SECRET", "'file:\(file)'")] {
                let configuration = try world.write(
                    """
                    { sources: [{ secrets: ["\(secret)"] }], names: \(names),
                      destinations: { oncall: { adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY" } } }
                    """, to: "relay.json5")
                let ended = try await run("check-config FILE", file: configuration, world)
                #expect(ended.end == .exit(78), "\(ended.said)")
                #expect(ended.said.contains(words), "\(ended.said)")
            }
            let ended = try await run("sign - --secret-file FILE </dev/null", file: file, world)
            #expect(ended.end == .exit(78), "\(ended.said)")
            #expect(ended.said.contains(words), "\(ended.said)")
        }
    }

    @Test func `verify goes on after what it cannot read, and ends with the worst`() async throws {
        struct Report: Decodable {
            let file: String
            let verified: Bool
            let code: String
            let message: String
            let ageSeconds: Int?
            let secretIndex: Int?
        }
        try await World.run { world in
            let sign = try await world.run(
                ["sign", "-"], environment: Self.environment, input: TestDelivery.documented.body)
            let good = try world.write(sign.out, to: "good.http")
            let cut = try world.write(String(sign.out.dropLast(9)), to: "cut.http")
            let bare = try world.write(TestDelivery.documentedBody, to: "bare.json")
            let missing = world.path("missing")
            let rows: [(files: [String], codes: [String], exit: Int32)] = [
                ([cut, good], ["capture-malformed", "ok"], 65),
                ([missing, good], ["file-missing", "ok"], 66),
                ([bare, good], ["header-missing", "ok"], 1),
                (
                    [missing, cut, bare, good],
                    ["file-missing", "capture-malformed", "header-missing", "ok"], 66
                ),
                ([world.folder.path, good], ["file-unreadable", "ok"], 66),
                (["/dev/zero", good], ["file-too-long", "ok"], 65),
            ]
            for row in rows {
                let json = try await world.run(
                    ["verify", "--json"] + row.files, environment: Self.environment)
                #expect(json.end == .exit(row.exit), "\(row.codes): \(json.error)")
                let reports = try json.out.split(separator: "\n").map {
                    try JSONDecoder().decode(Report.self, from: Data($0.utf8))
                }
                #expect(reports.map(\.file) == row.files)
                #expect(reports.map(\.code) == row.codes)
                #expect(reports.map(\.verified) == row.codes.map { $0 == "ok" })
                #expect(reports.allSatisfy { $0.message.count > 10 })

                let text = try await world.run(["verify"] + row.files, environment: Self.environment)
                #expect(text.end == .exit(row.exit))
                let lines = text.out.split(separator: "\n").filter { !$0.hasPrefix("  ") }
                #expect(lines.count == row.files.count)
                for (line, (file, code)) in zip(lines, zip(row.files, row.codes)) {
                    let verdict = code == "ok" ? "verified." : "NOT VERIFIED (\(code))."
                    #expect(line.hasPrefix("\(file): \(verdict)"), "\(line)")
                }
            }
        }
    }
}
