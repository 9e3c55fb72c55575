import AdapterKit
import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Testing

/// Reads a configuration with `more`, beside which the file `names.json5` has the text `file`.
private func read(_ more: String, file: String? = nil) throws -> Configuration {
    let text = """
        { store: "memory:", sources: [{ secrets: ["env:S"] }],
          destinations: { d: { adapter: "pager", key: "env:S", severityMap: { Warning: "critical" } } },
          \(more) }
        """
    let settings = try ConfigurationSettings(text: Array(text.utf8))
    let environment = ConfigurationEnvironment(variables: ["S": "a secret"], isRoot: false) { path in
        guard path == "names.json5", let file else { throw NoSuchFile() }
        return Array(file.utf8)
    }
    return try Configuration(
        ConfigurationDocument(settings, adapters: [MadeUp.pager]), in: environment)
}

private func faults(_ more: String, file: String? = nil) -> [String] {
    do {
        _ = try read(more, file: file)
        return []
    } catch {
        return (error as? ConfigurationFaults)?.faults.map { "\($0)" } ?? ["\(error)"]
    }
}

@Suite struct `The names of a configuration` {
    static let names = """
        {
          link: ["https://e.example/{device}", "https://e.example/{site}"],
          sites: { site_1: "Berlin" },
          devices: { "dev.1": { name: "Freezer 3", unit: "°C", link: "https://f.example/" } },
          channels: { chn_1: { name: "Probe" } },
        }
        """

    private func update(_ configuration: Configuration, severity: String) throws -> IncidentUpdate {
        let body = """
            {"event":{"kind":"alarm_opened","severity":"\(severity)","site_id":"site_1","device_id":"dev.1",\
            "value_at":9}}
            """
        let event = try Delivery(body: Array(body.utf8)).event
        let wording = try Generation(configuration).destinations[0].wording
        return IncidentUpdate(
            action: .open, key: IncidentKey(event, fallback: "x"), event: event, deliveryID: "x",
            wording: wording)
    }

    @Test func `come from the configuration, or from a file that it names`() throws {
        for configuration in [
            try read("names: \(Self.names)"), try read(#"names: "file:names.json5""#, file: Self.names),
        ] {
            let update = try update(configuration, severity: "warning")
            #expect(update.title == "Freezer 3, Berlin: 9 °C (warning)")
            #expect(update.names.link == "https://f.example/")
            #expect(update.severity == .critical, "as the destination's map says")
            #expect(configuration.names.count == 3)
        }
    }

    @Test func `are ids where there are none, and severities are as usual`() throws {
        let configuration = try read("leaseSeconds: 60")
        #expect(try update(configuration, severity: "info").title == "dev.1, site_1: 9 (info)")
        #expect(try update(configuration, severity: "info").severity == .info)
    }

    @Test(arguments: [
        (#"names: "names.json5""#, #"names: Expected "file:PATH" or an object of names."#),
        (#"names: "file:""#, #"names: Expected "file:PATH""#),
        ("names: []", "names: Expected an object in braces."),
        (#"names: "file:other.json5""#, "names: The file other.json5 cannot be read."),
        ("names: { site: {} }", #"names.site: There is no setting "site"; did you mean "sites"?"#),
        (#"names: { sites: ["Berlin"] }"#, "names.sites: Expected an object of names by id"),
        ("names: { sites: { s: 7 } }", "names.sites.s: Expected a name in quotes"),
        (#"names: { sites: { s: "" } }"#, "names.sites.s: Expected one line of 1 to 120 characters."),
        (#"names: { sites: { s: "a\nb" } }"#, "names.sites.s: Expected one line of 1 to 120 characters."),
        (
            #"names: { devices: { d: { unit: "0123456789abcdefg" } } }"#,
            "names.devices.d.unit: Expected one line of 1 to 16"
        ),
        (#"names: { devices: { d: { link: "example.org" } } }"#, #"names.devices.d.link: "link" is no http"#),
        (#"names: { devices: { d: { title: "x" } } }"#, "names.devices.d.title: There is no setting"),
        (#"names: { link: "https://e.example/{place}" }"#, #"names.link: "link" has a name in braces"#),
        ("names: { link: [] }", "names.link: There must be 1 to 8 links"),
        (#"names: { devices: { d: { unit: 7 } } }"#, "names.devices.d.unit: Expected a text in quotes."),
        (#"names: { sites: { s: { unit: "V" } } }"#, #"names.sites.s.unit: There is no setting "unit""#),
    ]) func `are at fault where they are none`(_ setting: String, _ fault: String) {
        let found = faults(setting)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains(fault) == true, "\(found)")
    }

    @Test func `of a file are at fault with their place in it`() {
        let found = faults(
            #"names: "file:names.json5""#,
            file: "{\n  sites: { a: 7 },\n  devices: { b: \"\" },\n  sites: {}\n}")
        #expect(found.count == 3)
        #expect(found.first { $0.contains("names.json5:2:15: sites.a: Expected a name") } != nil, "\(found)")
        #expect(found.first { $0.contains("names.json5:4:3: sites: This is given a second time") } != nil)
        #expect(
            faults(#"names: "file:names.json5""#, file: "[]").first?.contains("names.json5:1:1: ") == true)
    }

    @Test func `are at most 50,000, in at most 4 MiB`() throws {
        func many(_ count: Int) -> String {
            "{ sites: { " + (1...count).map { "s\($0): \"n\"" }.joined(separator: ", ") + " } }"
        }
        #expect(try read("names: \(many(50_000))").names.count == 50_000)
        #expect(
            faults("names: \(many(50_001))").first?.contains("at most 50000 names; there are 50001") == true)
        let long = String(repeating: " ", count: 4 << 20) + "{}"
        #expect(faults(#"names: "file:names.json5""#, file: long).first?.contains("more than 4 MiB") == true)
    }
}

@Suite struct `The severities of a destination` {
    @Test func `have a warning for each word that is probably mistyped`() throws {
        let text = """
            { store: "memory:", sources: [{ secrets: ["env:S"] }], destinations: {
              d: { adapter: "pager", key: "env:S", severityMap: { alarn: "error", device_offline: "info", x1: "info" } } } }
            """
        let configuration = try Configuration(
            text: Array(text.utf8), adapters: [MadeUp.pager], environment: ["S": "secret"])
        let found = configuration.warnings.filter { $0.contains("severityMap") }
        #expect(found.count == 2)
        #expect(
            found.first
                == "destinations.d.severityMap.alarn: is neither a word of severityOrder nor a documented "
                + "kind; did you mean \"alarm\"?")
    }

    @Test func `aside, deliveries and health need two ports`() throws {
        let text = """
            { listen: "127.0.0.1:8080", admin: "127.0.0.1:8080", store: "memory:", sources: [{ secrets: ["env:S"] }],
              destinations: { d: { adapter: "pager", key: "env:S" } } }
            """
        let error = #expect(throws: ConfigurationFaults.self) {
            try Configuration(text: Array(text.utf8), adapters: [MadeUp.pager], environment: ["S": "secret"])
        }
        #expect(error?.description.contains("admin: This is where deliveries are received") == true)
    }

    @Test(arguments: [
        ("[]", "Expected an object such as"),
        (#"{ warning: "bad" }"#, #".warning: Expected "critical", "error", "warning" or "info"."#),
        ("{ warning: 1 }", ".warning: Expected a text in quotes."),
        (#"{ Critical: "info", critical: "critical" }"#, #""critical" is named a second time"#),
        (#"{ "": "info" }"#, "Expected a word of the sender's"),
        (#"{ " critical": "info" }"#, "Expected a word"),
        (
            "{ " + (1...65).map { "w\($0): \"info\"" }.joined(separator: ", ") + " }",
            ": There must be at most 64 words."
        ),
    ]) func `are at fault where they are none`(_ map: String, _ fault: String) {
        let more =
            #"trouble: {}, destinations: { d: { adapter: "pager", key: "env:S", severityMap: \#(map) } }"#
        let text = #"{ store: "memory:", sources: [{ secrets: ["env:S"] }], \#(more) }"#
        let error = #expect(throws: ConfigurationFaults.self) {
            try Configuration(text: Array(text.utf8), adapters: [MadeUp.pager], environment: ["S": "secret"])
        }
        #expect(error?.faults.count == 1)
        #expect(error?.description.contains("destinations.d.severityMap") == true)
        #expect(error?.description.contains(fault) == true, "\(error.map { "\($0)" } ?? "")")
    }
}
