import AdapterKit
import OpenSenseWebhooks
import Testing

@Suite struct `Texts of a request` {
    @Test func `a secret is masked also where a combining mark follows it`() throws {
        let secret = try Secret("key'")
        let request = OutboundRequest(method: .post, url: "https://a", secrets: [secret])
        #expect(request.mask("x key'\u{301} y") == "x ••••\u{301} y")
    }

    private static let secret = #"s3"cr\t/é"#

    @Test func `a secret is masked as it is, in a URL and within JSON`() throws {
        let body = try JSONBody.encode(["key": .string(Self.secret)])
        let url = try #require(BaseURL("https://vendor.example")).url(
            Self.secret, query: ["key": Self.secret])
        let request = try OutboundRequest(
            method: .post, url: url, fields: [.init("Key", Self.secret)], body: body,
            secrets: [Secret(Self.secret)])
        #expect(request.masked.url == "https://vendor.example/••••?key=••••")
        #expect(String(decoding: request.masked.body, as: UTF8.self) == #"{"key":"••••"}"#)
        #expect(request.masked.fields == [.init("Key", "••••")])
        #expect(request.description == "POST https://vendor.example/••••?key=••••")
    }

    @Test(arguments: [250, 270, 279, 280, 281, 16_000])
    func `a vendor's words are masked before they are cut`(_ before: Int) throws {
        let request = try OutboundRequest(
            method: .get, url: "https://vendor.example", secrets: [Secret("0123456789abcdef")])
        let quote = request.quote(String(repeating: "x", count: before) + "0123456789abcdef\n\u{7}end")
        #expect(!quote.contains("0"))
        #expect(OutboundRequest.quoteLimit.allows(quote))
        #expect(quote.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test(arguments: [
        ("a\nb", "a b"), ("a\r\nb", "a  b"), ("\0\u{7F}\u{9F}\u{2028}", "    "), ("äöü 😀", "äöü 😀"),
        ("a\n3456789012", "a 3456789…"),
    ]) func `a line is cut to its limit and has no control characters`(_ text: String, _ line: String) {
        #expect(TextLimit(max: 10).cutLine(text) == line)
    }

    @Test func `details nested too deep become text and the rest stays as it came`() throws {
        let deep = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
        let flat = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        let body = #"{"event":{"kind":"alarm_opened","deep":\#(deep),"flat":\#(flat),"value_at":1.50}}"#
        let delivery = try Delivery(body: Array(body.utf8))
        let update = IncidentUpdate(
            action: .open, key: IncidentKey(delivery.event, fallback: "f"), event: delivery.event,
            deliveryID: "d")
        #expect(update.details["deep"] == .string(deep))
        #expect(update.details["flat"]?.items?.count == 1)
        #expect(update.details["value_at"] == delivery.event.fields["value_at"])
    }
}
