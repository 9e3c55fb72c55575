import AdapterKit
import OpenSenseRelay
import Testing

/// Routes and texts that a person has probably meant otherwise.
@Suite struct `Doubts about a configuration` {
    private static let type = AdapterType(name: "test", title: "Test", settings: []) {
        _ throws(AdapterSettingError) in
        Nothing()
    }

    private struct Nothing: IncidentAdapter {
        let traits = AdapterTraits(folds: true, pagesAgain: .byReopening)
        func begin(_ update: IncidentUpdate, context: AdapterContext) throws(AdapterError) -> AdapterStep {
            .done()
        }
        func next(
            _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
            context: AdapterContext
        ) throws(AdapterError) -> AdapterStep { .done() }
    }

    private func warnings(_ routes: String, names: String = "{}") throws -> [String] {
        let text = """
            { store: "memory:", sources: [{ secrets: ["env:S"] }], destinations: { d: { adapter: "test" } },
              routes: [\(routes)], names: \(names) }
            """
        return try Configuration(
            text: Array(text.utf8), adapters: [Self.type], environment: ["S": "a secret that is long enough"]
        ).warnings
    }

    @Test(
        arguments: [
            (#"{ to: ["d"] }"#, []),
            (#"{ kinds: ["report_*"], to: [] }, { to: ["d"] }"#, []),
            (#"{ kinds: ["alarm_*"], to: ["d"] }, { kinds: ["*"], to: ["d"] }"#, []),
            (#"{ to: [] }"#, ["routes[0].to: is empty: alarms"]),
            (
                #"{ to: ["d"] }, { kinds: ["alarm_*"], to: ["d"] }"#,
                ["routes[1]: takes nothing, as routes[0] before"]
            ),
            (
                #"{ kinds: ["alarm_*"], to: ["d"] }, { kinds: ["alarm_open*"], sites: ["a"], to: ["d"] }"#,
                ["routes[1]: takes nothing, as routes[0] before"]
            ),
            (#"{ kinds: ["alarm_o*"], to: ["d"] }, { kinds: ["alarm_*"], to: ["d"] }"#, []),
            (#"{ sites: [], to: ["d"] }, { to: ["d"] }"#, ["routes[0].sites: is empty"]),
            (
                #"{ sites: [], to: ["d"] }, { kinds: ["report_*"], to: ["d"] }"#,
                ["routes: no route takes alarm_opened", "routes[0].sites: is empty"]
            ),
            (
                #"{ kinds: ["device_*", "alarm_cleared"], to: ["d"] }"#,
                ["routes: no route takes alarm_opened"]
            ),
            (#"{ kinds: ["alarm_opened"], sites: ["a"], to: ["d"] }"#, []),
            (
                #"{ actions: { alarm_opened: "none" }, to: ["d"] }"#,
                ["routes: no route has alarm_opened open an incident"]
            ),
            (#"{ sites: ["a"], actions: { alarm_opened: "none" }, to: ["d"] }, { to: ["d"] }"#, []),
            (#"{ severities: ["alarm", "Critical", "w*", ""], to: ["d"] }"#, []),
            (
                #"{ severities: ["alrm"], to: ["d"] }"#,
                [#"routes[0].severities: "alrm" is no word of severityOrder; did you mean "alarm"?"#]
            ),
            (
                #"{ severities: ["sev1"], to: ["d"] }"#,
                [#"routes[0].severities: "sev1" is no word of severityOrder, which has info"#]
            ),
        ] as [(String, [String])])
    func `name routes that do not do what they seem to`(_ row: (routes: String, found: [String])) throws {
        let found = try warnings(row.routes)
        #expect(found.count == row.found.count, "\(found)")
        for (one, start) in zip(found, row.found) { #expect(one.hasPrefix(start), "\(one)") }
    }

    @Test(
        arguments: [
            (#"["site_1", "site_*"]"#, "{ sites: { site_1: 'Berlin' } }", nil),
            (#"["Berlin"]"#, "{}", nil),
            (
                #"["berlin"]"#, "{ sites: { site_1: 'Berlin' } }",
                #"routes[0].sites: "berlin" is the name of a site; a route has its id, "site_1"."#
            ),
            (
                #"["site_2"]"#, "{ sites: { site_1: 'Berlin' } }",
                #"routes[0].sites: "site_2" is no id of a site among the names."#
            ),
        ] as [(String, String, String?)])
    func `name a site that stands by its name`(_ row: (sites: String, names: String, found: String?)) throws {
        let found = try warnings("{ sites: \(row.sites), to: ['d'] }, { to: ['d'] }", names: row.names)
        #expect(found == (row.found.map { [$0] } ?? []))
    }

    @Test(arguments: [
        (
            "{ store: \u{201C}memory:\u{201D} }",
            "1:10: This is not a JSON5 object; \u{201C} is a typographic quote"
        ),
        (
            "{\n  \u{2018}store\u{2019}: 1 }",
            "2:3: This is not a JSON5 object; \u{2018} is a typographic quote"
        ),
        (
            "{ a: 1,\n  listen: 127.0.0.1:8080 }",
            "2:11: This is not a JSON5 object; 127.0.0.1 stands without quotes"
        ),
        ("{ store: memory }", "1:10: This is not a JSON5 object; memory stands without quotes"),
        ("{ a-b: 1 }", "1:3: This is not a JSON5 object; a-b stands without quotes"),
        ("{ a: 1 b: 2 }", "1:8: This is not a JSON5 object; a comma"),
        (
            "{ a: [+1, .5, 5., 0xFF, 1e3, -Infinity, NaN, true, null] b }",
            "1:58: This is not a JSON5 object; a comma"
        ),
        ("[1]", "1:1: This is not a JSON5 object"),
    ]) func `say where a text stops to be JSON5, and why`(_ row: (text: String, found: String)) {
        do throws(ConfigurationFaults) {
            _ = try ConfigurationSettings(text: Array(row.text.utf8))
            Issue.record("It was read.")
        } catch {
            #expect(error.faults.count == 1)
            #expect(error.faults[0].description.hasPrefix(row.found), "\(error)")
        }
    }
}
