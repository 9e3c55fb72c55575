import Foundation
import Testing

/// What strangers hide in their texts, as each output shows it.
@Suite struct `Hidden characters` {
    private static let environment = [
        "OPENSENSE_SECRET": Keys.secret, "PAGERDUTY_ROUTING_KEY": Keys.routingKey,
    ]
    /// One of each kind: a C1 control, a line separator, a direction, a mark, nothing to see, and a tag.
    static let scalars: [Unicode.Scalar] = [
        "\u{7F}", "\u{9B}", "\u{2028}", "\u{202E}", "\u{2066}", "\u{061C}", "\u{200B}", "\u{E0041}",
    ]
    static let hidden = scalars.reduce(into: "") { $0.unicodeScalars.append($1) }

    private static func isShown(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !scalars.contains($0) }
    }

    /// An alarm whose ids, kind and severity hide something.
    private static func body(kind: String) -> String {
        """
        {"event":{"id":"evt_\(hidden)\\u001b[2J\\n","kind":"\(kind)","severity":"alarm\(hidden)",\
        "opened_at":"2026-05-17T08:10:00Z","site_id":"s\(hidden)\\u001b[2J","device_id":"d\(hidden)",\
        "channel_id":"c\(hidden)\\nTop","value_at":11.2},"delivery":{"id":"wh\(hidden)\\n","attempt":1,\
        "delivered_at":"2026-05-17T08:10:01Z"}}
        """
    }

    @Test(arguments: [[], ["--json"], ["--curl"]])
    func `are escaped in what translate prints`(_ style: [String]) async throws {
        try await World.run { world in
            for kind in ["alarm_opened", "odd\(Self.hidden)"] {
                let ended = try await world.run(
                    ["translate", "-", "--to", "pagerduty", "--unverified"] + style,
                    environment: Self.environment, input: Array(Self.body(kind: kind).utf8))
                #expect(ended.end == .exit(0), "\(ended.error)")
                #expect(Self.isShown(ended.out + ended.error))
                let said = kind == "alarm_opened" ? ended.out : ended.error
                #expect(said.contains(kind == "alarm_opened" ? #"\u202e"# : #"\u{202E}"#), "\(said)")
                #expect(said.contains(kind == "alarm_opened" ? #"\udb40\udc41"# : #"\u{E0041}"#))
                if style == ["--json"], kind == "alarm_opened" {
                    let object = try JSONSerialization.jsonObject(with: Data(ended.out.utf8))
                    #expect("\(object)".contains("\u{202E}"))
                }
            }
        }
    }

    @Test func `are escaped in what verify prints`() async throws {
        try await World.run { world in
            let file = try world.write("{}", to: "odd\(Self.hidden)\u{1B}[2J.json")
            for style in [[], ["--json"]] {
                let ended = try await world.run(
                    ["verify", file, file + "\n"] + style, environment: Self.environment)
                #expect(ended.end == .exit(66))
                #expect(Self.isShown(ended.out + ended.error))
                #expect(ended.out.split(separator: "\n").count { $0.contains("odd") } == 2, "\(ended.out)")
            }
        }
    }

    @Test func `are escaped in the log, in tables, in pages and in their JSON`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            var delivery = TestDelivery.documented
            delivery.body = Array(Self.body(kind: "alarm_opened").utf8)
            #expect(try relay.deliver(delivery).status == 200)
            delivery.body = Array(Self.body(kind: "odd\(Self.hidden)").replacing("wh", with: "w2").utf8)
            #expect(try relay.deliver(delivery).status == 200)
            let store = ["--store", "sqlite:\(world.path("relay.db"))"]
            for words in [["list"], ["list", "--json"], ["show", "1", "2"], ["show", "1", "2", "--json"]] {
                let ended = try await world.run(["deliveries"] + words + store)
                #expect(ended.end == .exit(0), "\(ended.error)")
                #expect(Self.isShown(ended.out), "\(words)")
                #expect(ended.out.contains(words.contains("--json") ? #"\u202e"# : #"\u{202E}"#), "\(words)")
            }
            #expect(try await relay.stop() == .exit(0))
            #expect(relay.program.error.contains(#"\u202e"#), "\(relay.program.error)")
            #expect(Self.isShown(relay.program.error))
        }
    }

    @Test func `are escaped in what is said of a configuration`() async throws {
        try await World.run { world in
            let file = try world.write(
                """
                { "odd\(Self.hidden)\\u001b[2J\\nline": 1, store: "x\(Self.hidden)", destinations: {
                  "a\(Self.hidden)\\n": { adapter: "b\(Self.hidden)\\u009b" } },
                  routes: [{ kinds: ["k\(Self.hidden)"], to: ["c\(Self.hidden)\\n"] }] }
                """, to: "relay.json5")
            for style in [[], ["--json"]] {
                let ended = try await world.run(["check-config", file] + style)
                #expect(ended.end == .exit(78))
                let said = ended.out + ended.error
                #expect(Self.isShown(said))
                #expect(said.contains(style.isEmpty ? #"\u{202E}"# : #"\u202e"#), "\(said)")
            }
        }
    }
}
