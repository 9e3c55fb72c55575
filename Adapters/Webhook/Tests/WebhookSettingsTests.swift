import AdapterKit
import OpenSenseWebhooks
import Testing
import WebhookAdapter

@Suite struct `Webhook settings` {
    struct Refused: Row {
        let setting: String
        let value: String
        var testDescription: String { "\(setting) \(value.prefix(60))" }
    }

    static let refused: [Refused] =
        [
            "receiver.example/hook-path", "ftp://receiver.example/hook", "https://",
            "https:///hook-path-no-host",
            "https://user:word@receiver.example/hook", "https://receiver.example/hook#part",
            "https://receiver.example/hook path", "https://receiver.example/hook\n",
            "https://receiver.example/ä",
            "https://receiver.example/a/../b-path", "https://receiver.example/a/%2E%2e/b-path",
            "https://receiver.example/a\\b",
            "https://receiver.example/" + String(repeating: "x", count: 2_048),
        ].map { Refused(setting: "url", value: $0) }
        + ["json", "OpenSense", ""].map { Refused(setting: "payload", value: $0) }
        + ["sha1", "Bearer", ""].map { Refused(setting: "signature", value: $0) }
        + ["GET", "post", "DELETE", ""].map { Refused(setting: "method", value: $0) }
        + ["true", "Yes", ""].map { Refused(setting: "deduplicates", value: $0) }
        + ["", "resolve", "open, close", "open, refresh", "Open"].map {
            Refused(setting: "actions", value: $0)
        }
        + [
            "no colon", ": value", "a b: value", "name:", "ä: value", "x: ä", "x: a\u{1}b", "Host: h",
            "content-length: 1", "User-Agent: u", "Transfer-Encoding: chunked", "Connection: close",
            "Proxy-Foo: x", "Expect: 100-continue", "Content-Type: text/plain", "X-OpenSense-Timestamp: 1",
            "Webhook-Id: 1", "CE-Id: 1", "Authorization: Basic abc", "Cookie: a=b", "x: 1; X: 2",
            "x: " + String(repeating: "v", count: 1_025),
            (1...21).map { "x-\($0): 1" }.joined(separator: ";"),
        ].map { Refused(setting: "headers", value: $0) }
        + [
            "100", "199", "200-", "-200", "200-300", "300", "302", "401", "400-499", "403", "407", "408",
            "425",
            "429", "500", "299-200", "2xx", "600", "200,,x", "409", String(repeating: "200,", count: 300),
        ].map { Refused(setting: "doneStatuses", value: $0) }
        + ["100", "600", "101-200", "200-299", "x"].map { Refused(setting: "retryStatuses", value: $0) }
        + ["100", "408", "425", "429", "500", "400-500", "503", "200-299", "x"].map {
            Refused(setting: "refusedStatuses", value: $0)
        }

    @Test(arguments: refused) func `a wrong setting is refused by its name, and not shown`(_ row: Refused)
        throws
    {
        let settings = try Given.settings([row.setting: row.value])
        let error = try #require(throws: AdapterSettingError.self) { try Webhook.type.make(settings) }
        let isOfDone = row.value == "200-299" && row.setting != "doneStatuses"
        #expect(error.setting == (isOfDone ? "doneStatuses" : row.setting))
        let isSecret = Webhook.type.settings.contains { $0.name == row.setting && $0.isSecret }
        #expect(!isSecret || row.value.count < 9 || !"\(error)".contains(row.value))
        #expect("\(error)".hasSuffix("."))
    }

    @Test(arguments: [
        "http://127.0.0.1:4567/hook", "https://receiver.example", "https://receiver.example/a/b/?x=1&y=..",
        "https://[::1]:8443/hook", "https://receiver.example/a...b/.well-known/%20",
        "https://receiver.example/" + String(repeating: "x", count: 2_023),
    ])
    func `an address is asked as it is`(_ url: String) throws {
        #expect(try Given.request(Given.update(), ["url": url])?.url == url)
    }

    @Test func `two lists that share a status are refused`() throws {
        for (one, other) in [
            ("doneStatuses", "retryStatuses"), ("doneStatuses", "refusedStatuses"),
            ("retryStatuses", "refusedStatuses"),
        ] {
            let settings = try Given.settings([one: "200-204", other: "204-206"])
            let error = try #require(throws: AdapterSettingError.self) { try Webhook.type.make(settings) }
            #expect(error.setting == other)
            #expect("\(error)".contains("204"))
        }
    }

    @Test func `header fields are added behind ours, from lines or between semicolons`() throws {
        for text in ["X-Team: cold rooms\nx-two:2", " X-Team : cold rooms ;; x-two: 2;"] {
            let headers = text.replacing(" :", with: ":")
            let request = try #require(
                try Given.request(Given.update(), ["headers": headers, "signature": "none"]))
            #expect(
                request.fields == [
                    HeaderField("Content-Type", "application/json"), HeaderField("X-Team", "cold rooms"),
                    HeaderField("x-two", "2"),
                ])
        }
    }

    @Test(arguments: ["POST", "PUT", "PATCH"]) func `the method is the one that is set`(_ method: String)
        throws
    {
        #expect(try Given.request(Given.update(), ["method": method])?.method.rawValue == method)
    }

    @Test func `the address names the place of an incident, the secret does not`() throws {
        func identity(_ changes: [String: String]) throws -> String {
            try Webhook.type.identity(of: Given.settings(changes))
        }
        #expect(try identity([:]) == identity(["secret": "another secret of it"]))
        #expect(try identity([:]) != identity(["url": "https://other.example/hook"]))
    }

    @Test func `the examples of the secrets suit every scheme`() throws {
        let examples = Webhook.type.settings.filter(\.isSecret)
        let values = Dictionary(uniqueKeysWithValues: examples.map { ($0.name, $0.placeholder ?? "") })
        for scheme in ["opensense", "hex", "standard-webhooks", "bearer", "none"] {
            #expect(try Given.request(Given.update(), values.merging(["signature": scheme]) { $1 }) != nil)
        }
    }
}
