import AdapterKit
import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `Configuration files` {
    static let type = AdapterType(
        name: "test", title: "Test",
        settings: [
            AdapterSetting(name: "key", environmentVariable: "TEST_KEY", isSecret: true, summary: "The key."),
            AdapterSetting(
                name: "baseURL", environmentVariable: "TEST_URL", role: .locates,
                defaultValue: "https://example.org", addedPaths: ["/v2/alerts", "/v2/change/alerts"],
                summary: "Where."),
        ]
    ) { settings throws(AdapterSettingError) in
        if try settings.secret("key").revealedText().count < 3 {
            throw AdapterSettingError(setting: "key", "is too short.")
        }
        _ = try settings.baseURL("baseURL")
        return Nothing()
    }

    struct Nothing: IncidentAdapter {
        let traits = AdapterTraits(folds: true)
        func begin(_ update: IncidentUpdate, context: AdapterContext) -> AdapterStep { .done() }
        func next(
            _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
            context: AdapterContext
        ) -> AdapterStep { .done() }
    }

    func read(_ text: String) throws -> Configuration {
        try Configuration(
            text: Array(text.utf8), adapters: [Self.type],
            environment: ["S": "a secret of the sender", "K": "key", "SHORT": "k", "EMPTY": ""],
            readFile: {
                guard $0 == "/s" else { throw NoSuchFile() }
                return Array("from a file\n\n".utf8)
            })
    }

    func faults(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch { return (error as? ConfigurationFaults)?.faults.map(\.description) ?? ["\(error)"] }
    }

    static let least = """
        { sources: [{ secrets: ["env:S"] }], destinations: { d: { adapter: "test", key: "env:K" } } }
        """

    @Test func `the least there can be gets every default`() throws {
        let configuration = try read(Self.least)
        #expect(configuration.listen.description == "127.0.0.1:8080")
        #expect(configuration.admin == nil)
        #expect(configuration.store == .sqlite(path: "/var/lib/opensense-relay/relay.db"))
        #expect(configuration.sources[0].path == "/opensense")
        #expect(configuration.sources[0].tolerance.seconds == 300)
        #expect(configuration.sources[0].staleness == .askAgain)
        #expect(!configuration.sources[0].strictHeaders)
        #expect(configuration.routes == [Route(destinations: ["d"])])
    }

    @Test func `everything can be said, in JSON5`() throws {
        let configuration = try read(
            """
            // a comment
            {
              listen: ":0", admin: '[::1]:9090', store: "memory:",
              sources: [{ path: "/a", secrets: ["env:S", "file:/s"], toleranceSeconds: 60,
                          staleness: "reject", strictHeaders: true, }],
              destinations: { d: { adapter: "test", key: "env:K", baseURL: "http://127.0.0.1:1/x/" } },
              routes: [{ kinds: ["alarm_*"], sites: ["a"], severities: ["*"], to: ["d"],
                         actions: { report_ready: "none", alarm_ack: "annotate" } }], /* the end */
            }
            """)
        #expect(configuration.listen == ListenAddress(host: "0.0.0.0", port: 0))
        #expect(configuration.admin?.description == "[::1]:9090")
        #expect(configuration.store == .memory)
        #expect(
            configuration.sources[0].secrets.map { $0.revealedText() } == [
                "a secret of the sender", "from a file\n",
            ])
        #expect(configuration.sources[0].staleness == .reject)
        #expect(configuration.routes[0].action(for: .reportReady) == nil)
        #expect(configuration.routes[0].action(for: .alarmAcknowledged) == .annotate)
        #expect(configuration.routes[0].action(for: .alarmOpened) == .open)
    }

    @Test func `every fault is named at once, with its line and column`() {
        let found = faults(
            """
            {
              lisen: "x",
              listen: "nowhere",
              store: "mysql:x",
              sources: [
                { path: "opensense", secrets: ["sekret"], toleranceSeconds: 0 },
                { secrets: ["env:NOPE", "file:/nope", "env:EMPTY"], staleness: "drop", strictHeaders: "yes" },
              ],
              destinations: {
                one: { adapter: "tset", key: "env:K" },
                two: { adapter: "test" },
                three: { adapter: "test", key: "env:SHORT", baseUrl: "x" },
                four: { adapter: "test", key: "env:K", baseURL: "ftp://x" },
              },
              routes: [{ to: ["oen"], kind: ["x"] }],
            }
            """)
        let places = found.map { $0.split(separator: " ", maxSplits: 1)[0] }
        #expect(
            places == [
                "2:3:", "3:11:", "4:10:", "6:13:", "6:36:", "6:65:", "7:17:", "7:29:", "7:43:", "7:68:",
                "7:91:",
                "10:21:", "11:10:", "12:36:", "12:49:", "13:53:", "15:19:", "15:27:",
            ], "\(found.joined(separator: "\n"))")
        #expect(found[0].contains("did you mean \"listen\"?"))
        #expect(found.contains { $0.contains("Did you mean \"test\"?") })
        #expect(found.contains { $0.contains("Did you mean \"one\"?") })
        #expect(!found.joined().contains("sekret"))
    }

    static let malformed = [
        "", "{", "[1]", "5", "{ a: }", "{ sources: [ }", "{ \"a\": \"unended }", "nonsense", "{,}",
    ]

    @Test(arguments: malformed) func `what is not JSON5 has one fault with a place`(_ text: String) {
        let found = faults(text)
        #expect(found.count == 1)
        #expect(found[0].first?.isNumber == true)
    }

    @Test func `what is not UTF-8 has its place, and does not end the process`() {
        let text = Array("{\n  ä: 1, ".utf8) + [0xFC] + Array("ber: 1 }".utf8)  // Latin-1
        do {
            _ = try Configuration(text: text, adapters: [Self.type])
            Issue.record("bytes that are not UTF-8 were taken")
        } catch {
            #expect(error.description == "2:9: The file is not UTF-8: save it as that.")
        }
    }

    @Test func `a name with escapes in it has the place of what encloses it`() {
        let found = faults(#"{ sources: [{ "\u0070ath": "x", secrets: ["env:S"] }], destinations: {} }"#)
        #expect(found.contains { $0.hasPrefix("1:13: sources[0].path: ") }, "\(found)")
    }

    @Test func `a setting given twice is a fault`() {
        let found = faults(
            """
            { sources: [{ secrets: ["env:S"] }], store: "memory:", store: "memory:",
              destinations: { d: { adapter: "test", key: "env:K" } } }
            """)
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("1:56: store: "))
    }

    @Test func `a destination says how its updates are delivered`() throws {
        let text = #"""
            { sources: [{ secrets: ["env:S"] }], destinations: {
              a: { adapter: "test", key: "env:K", onDeadLetter: "skip", failover: "b", concurrency: 64 },
              b: { adapter: "test", key: "env:K" } } }
            """#
        let destinations = try read(text).destinations
        #expect(destinations.map(\.delivering.onDeadLetter) == [.skip, .hold])
        #expect(destinations.map(\.delivering.failover) == ["b", nil])
        #expect(destinations.map(\.delivering.concurrencyMax) == [64, 16])
    }

    @Test(arguments: [
        (#"onDeadLetter: "forget""#, "onDeadLetter: Expected \"hold\" or \"skip\"."),
        (#"failover: "a""#, "failover: A destination cannot be its own failover."),
        (#"failover: "bb""#, "failover: There is no destination \"bb\". Did you mean \"b\"?"),
        (#"failover: "c""#, "failover: \"c\" has a failover itself; name one that has none."),
        ("concurrency: 0", "concurrency: Expected 1 to 64 requests at once."),
        ("concurrency: 65", "concurrency: Expected 1 to 64 requests at once."),
    ]) func `a wrong way to deliver is named`(_ setting: String, _ fault: String) {
        let text = """
            { sources: [{ secrets: ["env:S"] }], destinations: {
              a: { adapter: "test", key: "env:K", \(setting) },
              b: { adapter: "test", key: "env:K" }, c: { adapter: "test", key: "env:K", failover: "b" } } }
            """
        #expect(faults(text).map { $0.drop { $0 != " " }.dropFirst() } == ["destinations.a.\(fault)"])
    }

    @Test(arguments: ["update", "refresh", "page"])
    func `a kind of event stands for no action that the relay plans`(_ action: String) {
        let found = faults(
            """
            { sources: [{ secrets: ["env:S"] }], destinations: { d: { adapter: "test", key: "env:K" } },
              routes: [{ to: ["d"], actions: { alarm_ack: "\(action)" } }] }
            """)
        #expect(found.count == 1)
        #expect(found[0].hasSuffix("Expected open, acknowledge, resolve, annotate or none."))
    }

    @Test func `a route names each destination once, and a destination has a plain name`() {
        let twice = faults(
            """
            { sources: [{ secrets: ["env:S"] }], destinations: { d: { adapter: "test", key: "env:K" } },
              routes: [{ to: ["d", "d"] }] }
            """)
        #expect(twice.count == 1)
        #expect(twice[0].hasPrefix("2:24: routes[0].to[1]: "))
        for name in ["", "a b", "a\\nb", "ü", String(repeating: "x", count: 65)] {
            let found = faults(
                """
                { sources: [{ secrets: ["env:S"] }], destinations: { "\(name)": { adapter: "test", key: "env:K" } } }
                """)
            #expect(found.count == 1, "\(name)")
        }
    }

    @Test func `a kind that is not documented is doubted, not refused`() throws {
        let configuration = try read(
            """
            { sources: [{ secrets: ["env:S"] }], destinations: { d: { adapter: "test", key: "env:K" } },
              routes: [{ kinds: ["alarm_opend", "alarm_*"], to: ["d"], actions: { alarm_clear: "none" } }] }
            """)
        #expect(configuration.warnings.count == 2)
        #expect(configuration.warnings[0].contains("alarm_opened"))
        #expect(configuration.warnings[1].contains("alarm_cleared"))
    }

    @Test(
        arguments: [
            ("https://example.org", []), ("https://example.org/relay", []), ("http://127.0.0.1:1", []),
            (
                "https://example.org/v2/alerts/",
                [
                    "ends in /v2/alerts, which is added to it: requests would go to "
                        + "https://example.org/v2/alerts/v2/alerts."
                ]
            ),
            (
                "https://example.org/v2/change",
                [
                    "ends in /v2/change, which is added to it: requests would go to "
                        + "https://example.org/v2/change/v2/change/alerts."
                ]
            ),
            (
                "http://example.org",
                ["is http:// to another machine: keys and alarms can be read on their way; use https://."]
            ),
        ] as [(String, [String])])
    func `an address that is probably wrong is doubted, not refused`(_ url: String, _ doubts: [String]) throws
    {
        let file = try read(
            """
            { sources: [{ secrets: ["env:S"] }],
              destinations: { d: { adapter: "test", key: "env:K", baseURL: "\(url)" } } }
            """)
        #expect(file.warnings == doubts.map { "destinations.d.baseURL: \($0)" })
        let environment = try Configuration(
            environment: ["OPENSENSE_SECRET": "s", "TEST_KEY": "key", "TEST_URL": url, "HOME": "/home/a"],
            adapters: [Self.type])
        #expect(environment.warnings == doubts.map { "TEST_URL: \($0)" })
    }

    @Test func `a short key is the adapter's to refuse, at the key's place`() {
        let found = faults(
            """
            { sources: [{ secrets: ["env:S"] }],
              destinations: { d: { adapter: "test", key: "env:SHORT" } } }
            """)
        #expect(found == ["2:46: destinations.d.key: key is too short."])
    }

    @Test func `nesting without end is a fault, not a trap`() {
        #expect(faults(String(repeating: "[", count: 100_000)).count == 1)
        #expect(faults(String(repeating: "{a:", count: 100_000)).count == 1)
    }

    @Test func `the environment alone is enough, and what is missing is named`() throws {
        let configuration = try Configuration(
            environment: ["OPENSENSE_SECRET": "s", "TEST_KEY": "key", "HOME": "/home/a"],
            adapters: [Self.type])
        #expect(configuration.destinations.map(\.name) == ["test"])
        #expect(configuration.store == .sqlite(path: "/home/a/.local/state/opensense-relay/relay.db"))
        do {
            _ = try Configuration(environment: [:], adapters: [Self.type])
            Issue.record("an empty environment was taken")
        } catch {
            #expect(error.faults.count == 3)
            #expect(error.description.contains("OPENSENSE_SECRET"))
            #expect(error.description.contains("TEST_KEY"))
            #expect(error.description.contains("--store"))
        }
    }

    static let addresses: [(String, String?)] = [
        ("127.0.0.1:8080", "127.0.0.1:8080"), (":80", "0.0.0.0:80"), ("[::1]:1", "[::1]:1"),
        ("host:65535", "host:65535"),
        ("host:65536", nil), ("host", nil), ("host:", nil), ("host:-1", nil), ("::1:80", nil),
        ("host:８０", nil),
        ("host:99999999999999999999", nil),
    ]

    @Test(arguments: addresses) func `an address is HOST:PORT`(_ text: String, _ expected: String?) {
        #expect(ListenAddress(text)?.description == expected)
    }
}
