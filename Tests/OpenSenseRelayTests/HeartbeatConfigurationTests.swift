import OpenSenseRelay
import OpenSenseWebhooks
import Testing

@Suite struct `Heartbeats of a configuration` {
    private func read(
        _ heartbeats: String, url: String = "https://monitor.example/ping/1"
    ) throws -> Configuration {
        let text = """
            { store: "memory:", sources: [{ secrets: ["env:S"] }],
              destinations: { d: { adapter: "test", key: "env:K" } },
              heartbeats: \(heartbeats) }
            """
        return try Configuration(
            text: Array(text.utf8), adapters: [`Configuration files`.type],
            environment: ["S": "a secret of the sender", "K": "key", "U": url],
            readFile: { path in
                guard path == "/u" else { throw NoSuchFile() }
                return Array("\(url)\n".utf8)
            })
    }

    private func faults(_ heartbeats: String, url: String = "https://monitor.example/ping/1") -> [String] {
        do {
            _ = try read(heartbeats, url: url)
            return []
        } catch { return (error as? ConfigurationFaults)?.faults.map { "\($0.path): \($0.message)" } ?? [] }
    }

    @Test func `are none unless given, and GET once a minute unless said otherwise`() throws {
        #expect(try read("[]").heartbeats.isEmpty)
        let all = try read(#"[{ url: "env:U" }, { url: "file:/u", everySeconds: 10, method: "POST" }]"#)
            .heartbeats
        #expect(
            all.map { $0.url.revealedText() } == [
                "https://monitor.example/ping/1", "https://monitor.example/ping/1",
            ])
        #expect(all.map(\.everySeconds) == [60, 10])
        #expect(all.map(\.method) == [.get, .post])
    }

    static let wrong: [(String, String)] = [
        ("{}", "heartbeats: Expected a list in brackets."),
        ("[7]", "heartbeats[0]: Expected an object in braces."),
        ("[{}]", #"heartbeats[0]: There is no "url"; expected "env:HEARTBEAT_URL" or the like."#),
        (
            #"[{ url: "https://monitor.example/s3cret" }]"#,
            #"heartbeats[0].url: Expected "env:NAME" or "file:PATH"; a secret itself does not belong here."#
        ),
        (#"[{ url: "env:NOPE" }]"#, "heartbeats[0].url: The environment variable NOPE is not set."),
        (
            #"[{ url: "env:U", everySeconds: 9 }]"#,
            "heartbeats[0].everySeconds: Expected 10 to 86400 seconds."
        ),
        (
            #"[{ url: "env:U", everySeconds: 86401 }]"#,
            "heartbeats[0].everySeconds: Expected 10 to 86400 seconds."
        ),
        (#"[{ url: "env:U", everySeconds: 10.5 }]"#, "heartbeats[0].everySeconds: Expected a whole number."),
        (#"[{ url: "env:U", method: "HEAD" }]"#, #"heartbeats[0].method: Expected "GET" or "POST"."#),
        (
            #"[{ url: "env:U", everySecond: 10 }]"#,
            #"heartbeats[0].everySecond: There is no setting "everySecond"; did you mean "everySeconds"?"#
        ),
    ]

    @Test(arguments: wrong) func `are at fault with a place and what is expected`(
        _ heartbeats: String, _ fault: String
    ) {
        #expect(faults(heartbeats) == [fault])
    }

    @Test(arguments: [(8, true), (9, false)]) func `are at most eight`(_ row: (count: Int, isRight: Bool)) {
        let all = [String](repeating: #"{ url: "env:U" }"#, count: row.count).joined(separator: ", ")
        #expect(faults("[\(all)]").isEmpty == row.isRight)
    }

    @Test(arguments: [
        "monitor.example", "ftp://monitor.example", "https://", "https://monitor.example/a b",
        "https://monitor.example/\n", "https://monitor.example/#part", "https://user:s3cret@monitor.example",
        "https://mönitor.example/", "https://monitor.example/" + String(repeating: "p", count: 4_096),
    ]) func `have an address that can be asked, which no fault shows`(_ url: String) {
        let found = faults(#"[{ url: "env:U" }]"#, url: url)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("heartbeats[0].url: The address ") == true)
        #expect(!found.joined().contains("onitor.example"))
    }

    @Test(arguments: [
        ("https://monitor.example/ping?key=s3cret&a=%20", 0), ("http://127.0.0.1:1/", 0),
        ("http://monitor.example/ping?key=s3cret", 1),
    ]) func `are doubted where they can be read on their way`(_ url: String, _ count: Int) throws {
        let warnings = try read(#"[{ url: "env:U" }]"#, url: url).warnings
        #expect(warnings.count == count)
        #expect(!warnings.joined().contains("monitor"))
    }
}
