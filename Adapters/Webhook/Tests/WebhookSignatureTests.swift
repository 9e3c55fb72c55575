import AdapterKit
import OpenSenseWebhooks
import Testing
import WebhookAdapter

@Suite struct `Webhook signatures` {
    @Test func `the hexadecimal one is of the body alone`() throws {
        let request = try #require(try Given.request(Given.update(), ["signature": "hex"]))
        let code = try HMACSHA256(of: request.body, key: Secret(Given.secret)).hexadecimal
        #expect(request.field("X-Webhook-Signature") == code)
        #expect(code.count == 64)
        #expect(request.fields.count == 2)
    }

    @Test func `that of Standard Webhooks is of id, time and body, under the decoded secret`() throws {
        let request = try #require(
            try Given.request(
                Given.update(), ["signature": "standard-webhooks", "secret": Given.standardSecret]))
        #expect(request.field("webhook-id") == "wh_4f3c1a")
        #expect(request.field("webhook-timestamp") == "1779007200")
        // The bytes of the base64 behind `whsec_`.
        let key: [UInt8] = [
            0x31, 0xF2, 0x90, 0xF6, 0xBF, 0x06, 0x29, 0x8A, 0xAB, 0x4F, 0x08, 0xD4, 0x3C, 0x3F, 0x08, 0x2C,
            0xF6, 0x48, 0xA3, 0x62, 0xDA, 0x2D, 0xA4, 0xB0,
        ]
        let content = Array("wh_4f3c1a.1779007200.".utf8) + request.body
        let code = try HMACSHA256(of: content, key: Secret(bytes: key)).base64
        #expect(request.field("webhook-signature") == "v1,\(code)")
    }

    @Test func `an id with a full stop would let other ids and times have the same signature`() throws {
        let changes = ["signature": "standard-webhooks", "secret": Given.standardSecret]
        let update = try Given.update(delivery: "wh.1")
        #expect(try Given.request(update, changes)?.field("webhook-id")?.hasPrefix("digest-") == true)
        #expect(try Given.request(update)?.field("X-OpenSense-Delivery-Id") == "wh.1")
    }

    @Test func `a bearer token is sent as it is, and hidden`() throws {
        let request = try #require(
            try Given.request(Given.update(), ["signature": "bearer", "secret": "a-token-of-some-length"]))
        #expect(request.field("Authorization") == "Bearer a-token-of-some-length")
        #expect(request.masked.fields.contains(HeaderField("Authorization", "Bearer ••••")))
    }

    @Test func `without a signature there is none, and no secret is needed`() throws {
        let request = try #require(try Given.request(Given.update(), ["signature": "none", "secret": ""]))
        #expect(request.fields == [HeaderField("Content-Type", "application/json")])
    }

    static let refused: [(scheme: String, secret: String)] = [
        ("opensense", ""), ("hex", ""), ("bearer", ""), ("bearer", "two words"), ("bearer", "line\n"),
        ("bearer", "ä-secret-with-an-umlaut"), ("opensense", String(repeating: "x", count: 4_097)),
        ("standard-webhooks", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), ("standard-webhooks", "whsec_"),
        ("standard-webhooks", "whsec_not base64 at all, is it?"),
        ("standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa"),
        ("standard-webhooks", "whsec_" + String(repeating: "MfKQ", count: 22)),
    ]

    @Test(arguments: refused)
    func `a secret that does not suit the scheme is refused and not shown`(_ scheme: String, _ secret: String)
        throws
    {
        let settings = try Given.settings(["signature": scheme, "secret": secret])
        let error = try #require(throws: AdapterSettingError.self) { try Webhook.type.make(settings) }
        #expect(error.setting == "secret")
        #expect(secret.count < 8 || !"\(error)".contains(secret))
    }

    @Test(arguments: [24, 64]) func `a secret of Standard Webhooks has 24 to 64 bytes`(_ count: Int) throws {
        let secret = "whsec_" + ByteText.base64([UInt8](repeating: 7, count: count))
        let changes = ["signature": "standard-webhooks", "secret": secret]
        #expect(try Given.request(Given.update(), changes) != nil)
    }
}
