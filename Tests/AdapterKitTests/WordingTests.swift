import AdapterKit
import OpenSenseWebhooks
import Testing

private func event(_ fields: String) throws -> Event {
    try Delivery(body: Array(#"{"event":{\#(fields)}}"#.utf8)).event
}

private func update(_ fields: String, _ wording: Wording) throws -> IncidentUpdate {
    let event = try event(fields)
    return IncidentUpdate(
        action: .open, key: IncidentKey(event, fallback: "x"), event: event, deliveryID: "wh/1",
        wording: wording)
}

@Suite struct `A number for people` {
    @Test(arguments: [
        ("11.2", "11.2"), ("-18", "−18"), ("-0.5", "−0.5"), ("0", "0"), ("-0.0", "0"), ("1e2", "100"),
        ("8.50", "8.5"), ("11.199999809265137", "11.2"), ("-18.100000381469727", "−18.1"),
        ("0.30000000000000004", "0.3"), ("11.199999999999999", "11.2"), ("2.6499999999999995", "2.65"),
        ("1.2345678901234567", "1.2345678901234567"), ("0.123456789012345", "0.123456789012345"),
        ("0.000244140625", "0.000244140625"), ("0.1", "0.1"),
        ("123456.78125", "123456.78125"), ("1013.2500000000001", "1013.25"),
        ("9007199254740993", "9007199254740992"),
        ("0.00000012", "1.2e-07"), ("1e300", "1e+300"), ("-1e-300", "−1e-300"),
    ]) func `has the digits that were measured and no others`(_ sent: String, _ shown: String) throws {
        let title = try update(#""kind":"alarm_opened","site_id":"s","value_at":\#(sent)"#, Wording()).title
        #expect(title == "s: \(shown)")
    }
}

@Suite struct `Names of places` {
    @Test func `are found by the bytes of an id`() throws {
        var names = PlaceNames()
        names[.site, "caf\u{E9}"] = .init(name: "composed")
        names[.device, "caf\u{E9}"] = .init(name: "a device")
        let composed = try update(#""kind":"x","site_id":"caf\u00e9""#, Wording(names: names))
        let decomposed = try update(#""kind":"x","site_id":"cafe\u0301""#, Wording(names: names))
        #expect(composed.names.site == "composed")
        #expect(decomposed.names.site == nil)
        #expect(names.count == 2)
    }

    @Test
    func
        `have the unit of the channel or else of the device, and the link of the narrowest that can be filled in`()
        throws
    {
        var names = PlaceNames()
        names.links = [try LinkTemplate("https://e.example/{site}")]
        names[.site, "s"] = .init(unit: "A")
        names[.channel, "f"] = .init(name: "no unit")
        names[.device, "d"] = .init(unit: "°C", link: try LinkTemplate("https://d.example/{channel}"))
        names[.channel, "c"] = .init(unit: "%", link: try LinkTemplate("https://c.example/"))
        let wording = Wording(names: names)
        func found(_ fields: String) throws -> [String?] {
            let names = try update(#""kind":"x",\#(fields)"#, wording).names
            return [names.unit, names.link]
        }
        #expect(try found(#""site_id":"s","device_id":"d","channel_id":"c""#) == ["%", "https://c.example/"])
        #expect(
            try found(#""site_id":"s","device_id":"d","channel_id":"e""#) == ["°C", "https://d.example/e"])
        #expect(try found(#""site_id":"s","device_id":"d""#) == ["°C", "https://e.example/s"])
        #expect(
            try found(#""site_id":"s","device_id":"d","channel_id":"f""#) == [nil, "https://d.example/f"])
        #expect(try found(#""site_id":"s""#) == [nil, "https://e.example/s"], "a site measures nothing")
        #expect(try found(#""device_id":"other""#) == [nil, nil])
    }
}

@Suite struct `A template of links` {
    @Test(arguments: [
        (
            "https://e.example/{site}/{device}/{channel}?e={event}&d={delivery}#{site}",
            "https://e.example/a%2Fb/%C3%BC%20%7B/7?e=evt&d=wh%2F1#a%2Fb"
        ),
        ("http://e.example:8443", "http://e.example:8443"), ("http://[::1]:80/%2F", "http://[::1]:80/%2F"),
        ("https://127.0.0.1/a_b~c;d", "https://127.0.0.1/a_b~c;d"),
        ("https://e.example/{event}", "https://e.example/evt"),
    ]) func `has the ids percent-encoded`(_ template: String, _ link: String) throws {
        let event = try event(#""kind":"x","id":"evt","site_id":"a/b","device_id":"ü {","channel_id":7"#)
        #expect(try LinkTemplate(template).link(to: event, deliveryID: "wh/1") == link)
    }

    @Test(arguments: [
        #""kind":"x""#, #""kind":"x","site_id":"""#, #""kind":"x","site_id":"..""#,
        #""kind":"x","site_id":".""#,
        #""kind":"x","site_id":"\#(String(repeating: "x", count: 2_100))""#,
        #""kind":"x","site_id":"\#(String(repeating: "ü", count: 400))""#,
    ]) func `makes none of an id that is missing, climbs or is too long`(_ fields: String) throws {
        let template = try LinkTemplate("https://e.example/{site}")
        #expect(try template.link(to: event(fields), deliveryID: "x") == nil)
    }

    @Test(arguments: [
        ("ftp://e.example/", "http"), ("https://", "host"), ("https://{site}.example/", "host"),
        ("https://user@e.example/", "host"), ("https://e.example/a b", "ASCII"),
        ("https://e.example/ü", "ASCII"), ("https://e.example/{place}", "{device}"),
        ("https://e.example/{site", "half"), ("https://e.example/site}", "half"),
        ("https://e.example/{}", "{site}"),
        ("https://e.example/{{site}}", "{site}"),
        ("https://e.example/\(String(repeating: "x", count: 1_024))", "1024"),
        ("https:///path", "host"), ("https://:443/x", "host"), ("https://[::1/x", "host"),
        ("https://[::1x]/", "host"),
        ("https://e.example:99999/", "host"), ("https://e.example:/", "host"), ("https://-/", "host"),
        ("https://a..b/", "host"), ("https://e.example/%zz", "%"), ("https://e.example/a%2", "%"),
        ("https://e.example/<b>", "percent-encode"), ("https://e.example/a|b", "percent-encode"),
        ("https://e.example/\"", "percent-encode"),
    ]) func `is refused with what is wrong`(_ template: String, _ word: String) throws {
        let error = try #require(throws: LinkTemplateError.self) { try LinkTemplate(template) }
        #expect(error.description.contains(word), "\(error)")
    }
}

@Suite struct `A map of severities` {
    static let map = Wording(
        severities: SeverityMap(["Warning": .critical, "device_offline": .info, "alarm": .error]))

    @Test(arguments: [
        (#""kind":"alarm_opened","severity":"WARNING""#, IncidentSeverity.critical),
        (#""kind":"alarm_opened","severity":"alarm""#, .error), (#""kind":"alarm_opened""#, .critical),
        (#""kind":"device_offline""#, .info), (#""kind":"device_offline","severity":"info""#, .info),
        (#""kind":"device_offline","severity":"odd""#, .error),
        (#""kind":"device_offline","severity":" ""#, .info),
    ]) func `goes before the usual meaning of a word, and a kind counts where there is no word`(
        _ fields: String, _ severity: IncidentSeverity
    ) throws {
        #expect(try update(fields, Self.map).severity == severity)
    }

    @Test func `says nothing of the relay's own troubles`() throws {
        let event = try event(#""kind":"relay_trouble","severity":"alarm""#)
        let key = IncidentKey(event, fallback: "x", stored: "relay/dead-letter/oncall")
        let update = IncidentUpdate(
            action: .open, key: key, event: event, deliveryID: "x", wording: Self.map)
        #expect(update.severity == .critical)
        #expect(update.mappedSeverity == nil)
    }
}
