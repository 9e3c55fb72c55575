import AdapterKit
import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Testing

/// Reads a configuration with two made-up adapters: `pager` with a key that identifies, `chat` with one that
/// authenticates and a vendor that never pages again.
private func read(_ destinations: String, _ more: String = "") throws -> Configuration {
    try Configuration(
        text: Array(
            """
            { store: "memory:", sources: [{ secrets: ["env:S"] }], destinations: { \(destinations) } \(more) }
            """.utf8),
        adapters: [MadeUp.pager, MadeUp.chat],
        environment: [
            "S": "a secret of the sender", "NEW": "newer key", "OLD": "older key", "BAD": "bad", "K": "key k",
            "L": "key l",
        ])
}

private func faults(_ destinations: String, _ more: String = "") -> [String] {
    do {
        _ = try read(destinations, more)
        return []
    } catch {
        return (error as? ConfigurationFaults)?.faults.map { "\($0.path): \($0.message)" } ?? ["\(error)"]
    }
}

/// Adapters that say which key they were made with.
enum MadeUp {
    struct Adapter: IncidentAdapter {
        let key: String
        let traits: AdapterTraits

        func begin(_ update: IncidentUpdate, context: AdapterContext) -> AdapterStep {
            .send(OutboundRequest(method: .post, url: "https://example.org/\(key)"))
        }

        func next(
            _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
            context: AdapterContext
        ) -> AdapterStep { answer.usualStep(explanation: key) }
    }

    static let pager = type("pager", .identifies, .byReopening)
    static let chat = type("chat", .authenticates, .never)

    private static func type(
        _ name: String, _ role: AdapterSetting.Role, _ again: AdapterTraits.PagingAgain
    ) -> AdapterType {
        AdapterType(
            name: name, title: name,
            settings: [
                AdapterSetting(
                    name: "key", environmentVariable: "KEY", isSecret: true, role: role, summary: "The key."),
                AdapterSetting(
                    name: "host", environmentVariable: "HOST", role: .locates,
                    defaultValue: "https://\(name).example.org", summary: "Where."),
            ]
        ) { settings throws(AdapterSettingError) in
            let key = try settings.secret("key").revealedText()
            if key == "bad" { throw AdapterSettingError(setting: "key", "is bad.") }
            return Adapter(key: key, traits: AdapterTraits(folds: true, pagesAgain: again))
        }
    }
}

@Suite struct `What a configuration says of an alarm that changes` {
    static let least = #"d: { adapter: "pager", key: "env:K" }"#

    @Test func `has the usual where it says nothing`() throws {
        let configuration = try read(Self.least)
        let delivering = configuration.destinations[0].delivering
        #expect(delivering.failoverAfterSeconds == 300)
        #expect(delivering.onWorse == .page)
        #expect(delivering.onReopened == .page)
        #expect(delivering.collapse == .overtaken)
        #expect(configuration.severities == SeverityOrder())
        #expect(configuration.sources[0].account.isEmpty)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func `comes to what the intake and the engine work by`() throws {
        let configuration = try read(
            #"""
            d: { adapter: "pager", key: "env:K", failover: "e", failoverAfterSeconds: 30, onWorse: "ignore",
                 onReopened: "ignore", collapseResolved: "always" },
            e: { adapter: "chat", key: "env:K", onWorse: "update", collapseResolved: "never" }
            """#, #", severityOrder: ["Low", "high"], defaultSeverity: "LOW""#)
        let generation = try Generation(configuration)
        #expect(generation.destinations.map(\.failoverAfterSeconds) == [30, 300])
        #expect(generation.intake.policy.severities == SeverityOrder(["low", "high"], standard: "low"))
        #expect(
            generation.intake.policy.destinations == [
                "d": DestinationPolicy(
                    onWorse: .ignore, onReopened: .ignore, pagesAgain: .byReopening, collapse: .always),
                "e": DestinationPolicy(
                    onWorse: .update, onReopened: .page, pagesAgain: .never, collapse: .never),
            ])
    }

    @Test(arguments: [
        ("failoverAfterSeconds: 29", "failoverAfterSeconds: Expected 30 to 86400 seconds."),
        ("failoverAfterSeconds: 86401", "failoverAfterSeconds: Expected 30 to 86400 seconds."),
        (#"onWorse: "shout""#, #"onWorse: Expected "page", "update" or "ignore"."#),
        (#"onReopened: "update""#, #"onReopened: Expected "page" or "ignore"."#),
        (#"collapseResolved: true"#, "collapseResolved: Expected a text in quotes."),
        (
            #"collapseResolved: "sometimes""#,
            #"collapseResolved: Expected "overtaken", "always" or "never"."#
        ),
    ]) func `is at fault where a destination's word is none`(_ setting: String, _ fault: String) {
        let text = #"d: { adapter: "pager", key: "env:K", \#(setting) }"#
        #expect(faults(text) == ["destinations.d.\(fault)"])
    }

    @Test(arguments: [
        (#"severityOrder: ["only"]"#, ["only"], "only"), (#"severityOrder: ["a", "b"]"#, ["a", "b"], "b"),
        (#"severityOrder: ["alarm", "fatal"]"#, ["alarm", "fatal"], "alarm"),
        (#"defaultSeverity: "critical""#, ["info", "warning", "alarm", "critical"], "critical"),
    ]) func `orders severities, and has a word for one that is missing`(
        _ settings: String, _ words: [String], _ standard: String
    ) throws {
        let severities = try read(Self.least, ", \(settings)").severities
        #expect(severities.words == words)
        #expect(severities.standard == standard)
    }

    static let sixteen = (1...16).map { "\"s\($0)\"" }.joined(separator: ", ")

    @Test(
        arguments: [
            ("severityOrder: [\(sixteen)]", []),
            ("severityOrder: [\(sixteen), \"more\"]", ["severityOrder: There must be 1 to 16 words"]),
            ("severityOrder: []", ["severityOrder: There must be 1 to 16 words"]),
            (#"severityOrder: ["a", "A"]"#, ["severityOrder[1]: \"a\" is named a second time"]),
            (#"severityOrder: [""]"#, ["severityOrder[0]: Expected a word of 1 to 64 bytes."]),
            (#"severityOrder: "info""#, ["severityOrder: Expected a list in brackets."]),
            (#"defaultSeverity: "alert""#, ["defaultSeverity: Expected one of the words of the order"]),
            (
                #"severityOrder: ["a"], defaultSeverity: "alarm""#,
                ["defaultSeverity: Expected one of the words"]
            ),
        ] as [(String, [String])])
    func `is at fault where the order is none`(_ settings: String, _ expected: [String]) {
        let found = faults(Self.least, ", \(settings)")
        #expect(found.count == expected.count, "\(found)")
        for (fault, start) in zip(found, expected) { #expect(fault.hasPrefix(start)) }
    }
}

@Suite struct `The account of a source` {
    private func configuration(_ sources: String) throws -> Configuration {
        try Configuration(
            text: Array(
                """
                { store: "memory:", sources: [\(sources)],
                  destinations: { d: { adapter: "pager", key: "env:S" } } }
                """.utf8), adapters: [MadeUp.pager], environment: ["S": "a secret of the sender"])
    }

    @Test func `keeps its incidents apart`() throws {
        let made = try configuration(
            """
            { path: "/a", secrets: ["env:S"], account: "a" }, { path: "/b", secrets: ["env:S"], account: "b/c" },
            { path: "/c", secrets: ["env:S"] }
            """)
        #expect(made.sources.map(\.account) == ["a", "b/c", ""])
        #expect(made.warnings.isEmpty)
        let proof = try Generation(made).intake
        #expect(proof.accounts == ["/a": "a", "/b": "b/c"])
    }

    @Test(arguments: [(64, true), (65, false)]) func `has at most 64 bytes`(_ bytes: Int, _ isRight: Bool) {
        let name = String(repeating: "x", count: bytes)
        let made = Result { try configuration(#"{ secrets: ["env:S"], account: "\#(name)" }"#) }
        #expect(((try? made.get()) != nil) == isRight)
    }

    @Test func `is missed where several sources have none`() throws {
        let made = try configuration(
            #"{ path: "/a", secrets: ["env:S"], account: "" }, { path: "/b", secrets: ["env:S"] }"#)
        #expect(made.warnings.count == 1)
        #expect(made.warnings[0].hasPrefix("sources: 2 have no \"account\" and share their incidents"))
    }
}

@Suite struct `A secret that changes` {
    private func key(_ adapter: (any IncidentAdapter)?) -> String? { (adapter as? MadeUp.Adapter)?.key }

    private func identity(_ key: String) throws -> String {
        try MadeUp.pager.identity(
            of: AdapterSettings(texts: ["host": "https://pager.example.org"], secrets: ["key": Secret(key)]))
    }

    @Test func `and identifies opens with the first value and knows what the others opened`() throws {
        let made = try read(#"d: { adapter: "pager", key: ["env:NEW", "env:OLD", "env:NEW"] }"#)
        let spec = try Generation(made).destinations[0]
        #expect(key(spec.adapter) == "newer key")
        #expect(spec.fingerprint == (try identity("newer key")))
        #expect(spec.earlierAdapters.mapValues { key($0) } == [try identity("older key"): "older key"])
        #expect(
            made.destinations[0].shownSettings["key"]?.items?.count == 3,
            "check-config shows each by its fingerprint")
    }

    @Test func `and identifies is the same place before and after it becomes a list`() throws {
        let single = try read(#"d: { adapter: "pager", key: "env:OLD" }"#).destinations[0]
        let list = try read(#"d: { adapter: "pager", key: ["env:NEW", "env:OLD"] }"#).destinations[0]
        #expect(list.earlierAdapters[single.fingerprint] != nil)
    }

    @Test func `and authenticates is one place, at which the next is tried where the first is refused`()
        throws
    {
        let made = try read(#"d: { adapter: "chat", key: ["env:NEW", "env:OLD"], onWorse: "update" }"#)
        let single = try read(#"d: { adapter: "chat", key: "env:OLD", onWorse: "update" }"#)
        #expect(made.destinations[0].fingerprint == single.destinations[0].fingerprint)
        #expect(made.destinations[0].earlierAdapters.isEmpty)
        let adapter = made.destinations[0].adapter
        let update = IncidentUpdate(
            action: .open, key: IncidentKey(try event(), fallback: "x"), event: try event(), deliveryID: "x")
        let context = AdapterContext(time: 0, nonce: "n")
        guard case .send(let first, _) = try adapter.begin(update, context: context),
            case .send(let second, _) = try adapter.next(
                VendorResponse(status: 401), to: first, for: update, context: context)
        else { throw NoSuchFile() }
        #expect([first.url, second.url].map { $0.suffix(9) } == ["newer key", "older key"])
        #expect(
            try adapter.next(VendorResponse(status: 202), to: second, for: update, context: context)
                == .done())
        guard
            case .refused(.credentials, let reason) = try adapter.next(
                VendorResponse(status: 403), to: second, for: update, context: context)
        else { throw NoSuchFile() }
        #expect(reason.contains("older key"), "the last one that was tried says why")
    }

    private func event() throws -> Event {
        try Delivery(body: Array(#"{"event":{"kind":"alarm_opened","site_id":"s"}}"#.utf8)).event
    }

    static let nine = Array(repeating: "\"env:NEW\"", count: 9).joined(separator: ", ")

    @Test(
        arguments: [
            ("[]", ["destinations.d.key: There must be 1 to 8 values; the first is used first."]),
            ("[\(nine)]", ["destinations.d.key: There must be 1 to 8 values; the first is used first."]),
            (#"["env:NEW", "env:BAD"]"#, ["destinations.d.key[1]: key is bad."]),
            (#"["env:BAD", "env:NEW"]"#, ["destinations.d.key[0]: key is bad."]),
            (
                #"["env:NEW", "env:NONE", "older key"]"#,
                [
                    "destinations.d.key[1]: The environment variable NONE is not set.",
                    "destinations.d.key[2]: Expected",
                ]
            ),
            ("7", ["destinations.d.key: Expected a text in quotes."]),
        ] as [(String, [String])])
    func `is at fault where a value is`(_ value: String, _ expected: [String]) {
        let found = faults("d: { adapter: \"pager\", key: \(value) }")
        #expect(found.count == expected.count, "\(found)")
        for fault in expected { #expect(found.contains { $0.hasPrefix(fault) }, "\(found)") }
    }

    @Test func `and is shared makes two destinations one to the vendor`() throws {
        let made = try read(
            #"""
            a: { adapter: "pager", key: "env:K" }, b: { adapter: "pager", key: ["env:K", "env:L"] },
            c: { adapter: "pager", key: "env:L" }, d: { adapter: "chat", key: "env:K", onWorse: "update" },
            e: { adapter: "pager", key: "env:K", host: "https://other.example.org" }
            """#)
        let vendors = try Generation(made).destinations.map(\.vendor)
        #expect(vendors[0] != nil)
        #expect(vendors[0] == vendors[1])
        #expect(Set(vendors).count == 4)
    }
}

@Suite struct `What is probably not meant` {
    @Test(
        arguments: [
            (#"d: { adapter: "chat", key: "env:K" }"#, ["destinations.d.onWorse: chat does not page again"]),
            (#"d: { adapter: "chat", key: "env:K", onWorse: "update" }"#, []),
            (
                #"a: { adapter: "pager", key: "env:K", failover: "b" }, b: { adapter: "pager", key: "env:L" }"#,
                ["destinations.a.failover: \"b\" is at the same host"]
            ),
            (
                #"a: { adapter: "pager", key: "env:K", failover: "b" }, b: { adapter: "pager", key: "env:K" }"#,
                ["destinations.a.failover: \"b\" has the same credentials"]
            ),
            (
                #"""
                a: { adapter: "pager", key: "env:K", failover: "b" },
                b: { adapter: "pager", key: "env:L", host: "https://other.example.org" }
                """#, []
            ),
        ] as [(String, [String])])
    func `is doubted, not refused`(_ destinations: String, _ doubts: [String]) throws {
        let warnings = try read(destinations).warnings
        #expect(warnings.count == doubts.count, "\(warnings)")
        for (warning, doubt) in zip(warnings, doubts) { #expect(warning.hasPrefix(doubt)) }
    }
}
