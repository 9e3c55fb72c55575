import Foundation
import Testing

@Suite struct `Captures on the command line` {
    private static let environment = [
        "OPENSENSE_SECRET": Keys.secret, "PAGERDUTY_ROUTING_KEY": Keys.routingKey,
        "OPSGENIE_API_KEY": Keys.apiKey,
    ]

    /// What `sign` makes of a body.
    private func signed(_ world: World, _ body: [UInt8], _ more: [String] = []) async throws -> [UInt8] {
        let ended = try await world.run(["sign", "-"] + more, environment: Self.environment, input: body)
        #expect(ended.end == .exit(0), "\(ended.error)")
        #expect(!Keys.isIn(ended.out + ended.error))
        return Array(ended.out.utf8)
    }

    private struct Report: Decodable {
        let file: String
        let verified: Bool
        let code: String
        let message: String
        let ageSeconds: Int?
        let secretIndex: Int?
    }

    @Test func `what sign prints, verify accepts and the relay does too`() async throws {
        try await World.run { world in
            let capture = try await signed(world, TestDelivery.documented.body)
            let ended = try await world.run(["verify", "-"], environment: Self.environment, input: capture)
            #expect(ended.end == .exit(0))
            #expect(ended.out.contains("-: verified"))

            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let connection = try Connection(port: relay.port)
            connection.send(capture)
            #expect(try connection.answer().code == "accepted")
        }
    }

    @Test func `a changed body is not verified`() async throws {
        try await World.run { world in
            let capture = String(
                decoding: try await signed(world, TestDelivery.documented.body), as: UTF8.self)
            let changed = capture.replacingOccurrences(of: "11.2", with: "11.3")
            let ended = try await world.run(
                ["verify", "-"], environment: Self.environment, input: Array(changed.utf8))
            #expect(ended.end == .exit(1))
            #expect(ended.out.contains("NOT VERIFIED (signature-mismatch)"))
        }
    }

    @Test func `verify --json has the fields of the contract, one line for each capture`() async throws {
        try await World.run { world in
            let capture = String(
                decoding: try await signed(world, TestDelivery.documented.body), as: UTF8.self)
            let files = [
                try world.write(capture, to: "good.http"),
                try world.write(
                    capture.replacingOccurrences(of: "evt_4f3c", with: "evt_4f3d"), to: "bad.http"),
                try world.write(TestDelivery.documentedBody, to: "bare.json"),
            ]
            // The right secret is the second one given.
            let words =
                ["verify", "--json", "--secret-env", "OTHER", "--secret-env", "OPENSENSE_SECRET"] + files
            let environment = Self.environment.merging(["OTHER": Keys.otherSecret]) { $1 }
            let ended = try await world.run(words, environment: environment)
            #expect(ended.end == .exit(1))
            let reports = try ended.out.split(separator: "\n").map {
                try JSONDecoder().decode(Report.self, from: Data($0.utf8))
            }
            #expect(reports.map(\.file) == files)
            #expect(reports.map(\.verified) == [true, false, false])
            #expect(reports.map(\.code) == ["ok", "signature-mismatch", "header-missing"])
            #expect(reports.map(\.secretIndex) == [1, nil, nil])
            #expect((0...60).contains(reports[0].ageSeconds ?? -1))
            #expect(reports.allSatisfy { $0.message.count > 10 })
            #expect(!Keys.isIn(ended.out + ended.error))
        }
    }

    @Test func `an old capture is judged as of the time of capture with --at captured`() async throws {
        try await World.run { world in
            let capture = try await signed(
                world, TestDelivery.documented.body, ["--at", "2026-05-17T08:10:00Z"])
            let now = try await world.run(
                ["verify", "-", "--json"], environment: Self.environment, input: capture)
            #expect(now.end == .exit(1))
            #expect(now.out.contains("timestamp-outside-tolerance"))
            #expect(now.out.contains("--at captured"))
            for moment in ["captured", "2026-05-17T08:15:00Z", "1779005400"] {
                let then = try await world.run(
                    ["verify", "-", "--at", moment], environment: Self.environment, input: capture)
                #expect(then.end == .exit(0), "\(moment): \(then.out)")
            }
            let later = try await world.run(
                ["verify", "-", "--at", "2026-05-17T08:15:01Z"], environment: Self.environment, input: capture
            )
            #expect(later.end == .exit(1))
        }
    }

    @Test(arguments: ["pagerduty", "opsgenie"], [[], ["--json"], ["--curl"]])
    func `translate prints the request and no key`(_ adapter: String, _ style: [String]) async throws {
        try await World.run { world in
            let capture = try await signed(world, TestDelivery.documented.body)
            let ended = try await world.run(
                ["translate", "-", "--to", adapter] + style, environment: Self.environment, input: capture)
            #expect(ended.end == .exit(0), "\(ended.error)")
            #expect(!Keys.isIn(ended.out + ended.error))
            #expect(ended.out.contains("chn_a1b2"))
            switch style {
            case ["--json"]:
                let lines = ended.out.split(separator: "\n")
                #expect(lines.count == 1)
                _ = try JSONSerialization.jsonObject(with: Data(ended.out.utf8))
            case ["--curl"]:
                #expect(ended.out.hasPrefix("curl --request POST "))
                #expect(
                    ended.out.contains(
                        adapter == "pagerduty" ? "$PAGERDUTY_ROUTING_KEY" : "$OPSGENIE_API_KEY"))
            default:
                #expect(ended.out.hasPrefix("POST /v2/"))
                #expect(ended.out.contains("••••"))
            }
        }
    }

    @Test func `what translate --curl prints is one command to a shell, whatever the event holds`()
        async throws
    {
        try await World.run { world in
            let odd = TestDelivery.like(id: "wh_1", channel: "it's $HOME `date` \\\\")
            let capture = try await signed(world, odd.body)
            let ended = try await world.run(
                ["translate", "-", "--to", "pagerduty", "--curl"], environment: Self.environment,
                input: capture)
            let script = "curl() { for word; do printf '%s\\n' \"$word\"; done; }\n" + ended.out
            let shell = try world.run(shell: script, environment: Self.environment)
            #expect(try await shell.end() == .exit(0))
            #expect(shell.error.isEmpty)
            let words = shell.out.split(separator: "\n")
            #expect(words.prefix(2) == ["--request", "POST"])
            let body = try JSONSerialization.jsonObject(with: Data((words.last ?? "").utf8)) as? [String: Any]
            #expect(body?["routing_key"] as? String == Keys.routingKey)
            let payload = body?["payload"] as? [String: Any]
            #expect(payload?["component"] as? String == "it's $HOME `date` \\")
        }
    }

    @Test func `translate refuses what is not verified, unless asked not to verify`() async throws {
        try await World.run { world in
            let bare = Array(TestDelivery.documentedBody.utf8)
            let words = ["translate", "-", "--to", "pagerduty"]
            let checked = try await world.run(words, environment: Self.environment, input: bare)
            #expect(checked.end == .exit(1))
            #expect(checked.out.isEmpty)
            let unchecked = try await world.run(words + ["--unverified"], input: bare)
            #expect(unchecked.end == .exit(0))
            let empty = try await world.run(words + ["--unverified"], input: Array("{}".utf8))
            #expect(empty.end == .exit(65))
        }
    }

    @Test func `send exits 0 when it is taken, 1 when it is refused and 69 when nothing listens`()
        async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            let url = "http://127.0.0.1:\(relay.port)/opensense"
            let taken = try await world.run(
                ["send", "alarm_opened", "--to", url, "--count", "3"], environment: Self.environment)
            #expect(taken.end == .exit(0), "\(taken.out)")
            #expect(taken.out.split(separator: "\n").count { $0.contains("200") } == 3)
            try await vendors.incidents { !$0.isEmpty }
            let refused = try await world.run(
                ["send", "alarm_opened", "--to", url], environment: ["OPENSENSE_SECRET": Keys.otherSecret])
            #expect(refused.end == .exit(1))
            #expect(refused.out.contains("401"))
            let port = try ReservedPort()
            let nobody = try await world.run(
                ["send", "alarm_opened", "--to", "http://127.0.0.1:\(port.number)/"],
                environment: Self.environment)
            #expect(nobody.end == .exit(69))
            #expect(
                !Keys.isIn(taken.out + taken.error + refused.out + refused.error + nobody.out + nobody.error))
        }
    }
}
