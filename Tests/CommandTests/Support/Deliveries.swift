import Foundation
import OpenSenseWebhooks

/// A delivery to send: a body, and when and with what it is signed.
struct TestDelivery {
    var body: [UInt8]
    var secret = Keys.secret
    /// Seconds that the signature is older than now.
    var ageSeconds = 0

    /// The signed request.
    func request() throws -> Request {
        let time = unixSeconds() - ageSeconds
        let signature = try WebhookSigner(secret: Secret(secret)).signatureHeader(
            body: body.span, timestamp: time)
        return Request(headers: [("X-OpenSense-Signature", signature)], body: body)
    }
}

extension TestDelivery {
    /// The body as the sender's documentation shows it.
    static let documentedBody = """
        {
          "event": {
            "id":        "evt_4f3c",
            "kind":      "alarm_opened",
            "severity":  "alarm",
            "opened_at": "2026-05-17T08:10:00Z",
            "site_id":   "site_4f3c",
            "device_id": "dev_b1d2",
            "channel_id":"chn_a1b2",
            "value_at":   11.2,
            "thresholds": { "ok_min": -2, "ok_max": 8 }
          },
          "delivery": {
            "id":        "wh_4f3c1a",
            "attempt":    1,
            "delivered_at": "2026-05-17T08:10:01Z"
          }
        }
        """

    /// The documented sample.
    static var documented: TestDelivery { TestDelivery(body: Array(documentedBody.utf8)) }

    /// The documented sample as another event: of another kind, with another id, about another channel.
    static func like(kind: String = "alarm_opened", id: String, channel: String = "chn_a1b2") -> TestDelivery
    {
        var text = documentedBody
        for (old, new) in [
            ("alarm_opened", kind), ("wh_4f3c1a", id), ("evt_4f3c", "evt_\(id)"), ("chn_a1b2", channel),
        ] { text = text.replacingOccurrences(of: "\"\(old)\"", with: "\"\(new)\"") }
        return TestDelivery(body: Array(text.utf8))
    }
}

/// Made-up secrets in the form of real ones.
enum Keys {
    static let secret = "whsec-7Jq2ZbTnV0cKxW4sLmR9"
    static let otherSecret = "whsec-another-one-entirely"
    static let routingKey = "R0UT1NGK3Y0fTh1rtyTw0Ch4r4ct3rs0"
    static let apiKey = "8f1e2d3c-api0-key0-9b8a-7c6d5e4f3a2b"

    /// Whether a text holds one of them, or a recognisable part of one.
    static func isIn(_ text: String) -> Bool {
        [secret, otherSecret, routingKey, apiKey].contains {
            text.contains($0) || text.contains($0.suffix(12))
        }
    }
}
