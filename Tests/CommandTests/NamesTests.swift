import Testing

/// What a person reads: names, units and links from a file, as the whole program sends and shows them.
@Suite struct `Names of places in the program` {
    static let names = """
        { link: "https://e.example/{device}", sites: { site_4f3c: "Berlin" },
          devices: { dev_b1d2: { name: "Freezer 3", unit: "°C" } } }
        """

    private func configuration(_ world: World, vendor: String) throws -> String {
        let names = try world.write(Self.names, to: "names.json5")
        return try world.write(
            """
            { listen: "127.0.0.1:0", store: "sqlite:\(world.path("relay.db"))",
              sources: [{ secrets: ["env:OPENSENSE_SECRET"] }], names: "file:\(names)",
              destinations: { oncall: { adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY",
                                        baseURL: "\(vendor)", severityMap: { alarm: "warning" } } } }
            """, to: "relay.json5")
    }

    static let title = "Freezer 3, Berlin: 11.2 °C, since"

    @Test func `are in what a vendor is sent`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let file = try configuration(world, vendor: vendors.url)
            let relay = try await world.relay(
                world.start(["serve", "--config", file], environment: World.environment(at: vendors.url)))
            let alarm = AlarmEvent(id: "wh_1", times: ["opened_at": -600])
            #expect(try relay.deliver(alarm) == "accepted")
            try await vendors.incidents { $0.map(\.pages) == [1] }
            let body = try #require(vendors.changes().first?.body)
            #expect(body.contains(#""summary":"\#(Self.title)"#), "\(body)")
            #expect(body.contains(#""client_url":"https://e.example/dev_b1d2""#))
            #expect(body.contains(#""severity":"warning""#))
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test(arguments: [["oncall", "warning"], ["pagerduty", "critical"]])
    func `are in what translate prints, for a destination or an adapter`(_ target: [String]) async throws {
        try await World.run { world in
            let file = try configuration(world, vendor: "https://vendor.example")
            let alarm = try AlarmEvent(id: "wh_1", times: ["opened_at": -600]).delivery()
            let body = try world.write(String(decoding: alarm.body, as: UTF8.self), to: "body.json")
            let words = ["translate", body, "--unverified", "--to", target[0]]
            let ended = try await world.run(words + ["--config", file])
            #expect(ended.end == .exit(0), "\(ended.error)")
            #expect(ended.out.contains(#""summary" : "\#(Self.title)"#), "\(ended.out)")
            #expect(ended.out.contains(#""severity" : "\#(target[1])""#))
            #expect(ended.out.contains(target[0] == "oncall" ? "vendor.example" : "events.pagerduty.com"))
        }
    }

    @Test func `are read for translate, and nothing is printed where they are at fault`() async throws {
        try await World.run { world in
            let file = try configuration(world, vendor: "https://vendor.example")
            _ = try world.write("{ sites: { a: 1 } }", to: "names.json5")
            let words = [
                "translate", "Examples/captures/alarm_opened.http", "--unverified", "--config", file,
            ]
            let faulty = try await world.run(words + ["--to", "oncall"])
            #expect(faulty.end == .exit(78))
            #expect(faulty.out.isEmpty)
            #expect(faulty.error.contains("names.json5:1:15: sites.a: Expected a name"), "\(faulty.error)")
            let unknown = try await world.run(words + ["--to", "other"])
            #expect(unknown.end == .exit(78))
        }
    }
}
