import FoundationEssentials
import Glibc
import OpenSenseWebhooks
import Signing

/// Signed requests, all of one length, so that a load generator can read them one by one without looking
/// inside.
///
/// Each is the documented sample with a new delivery, event and channel: the heaviest case, since each opens
/// an incident that was not known before and makes a job. `X-Body-Signature` is for Debian's `webhook`, which
/// knows no other scheme.
enum RequestFile {
    static let secret = "a secret for benchmarks only"

    static func write(count: Int, to path: String) throws {
        let signer = try WebhookSigner(secret: Secret(secret))
        let time = Int(Date().timeIntervalSince1970)
        var chunk: [UInt8] = []
        var length = 0
        let file = unsafe fopen(path, "w")
        defer { unsafe fclose(file) }
        // Ids that differ between runs against one store.
        let run = String(UInt64.random(in: 0..<(1 << 32)) | 1 << 32, radix: 16).suffix(8)
        for number in 0..<count {
            let request = try request("\(run)\(padded(number))", time, signer)
            length = request.count
            chunk += request
            if chunk.count > 1 << 20 || number == count - 1 {
                unsafe fwrite(chunk, 1, chunk.count, file)
                chunk = []
            }
        }
        print(length)
    }

    /// The whole request of the delivery that `id` names.
    static func request(_ id: String, _ time: Int, _ signer: WebhookSigner) throws -> [UInt8] {
        let body = body(id)
        let signature = try signer.signatureHeader(body: body.span, timestamp: time)
        let head = """
            POST /opensense HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/json\r
            X-OpenSense-Signature: \(signature)\r
            X-OpenSense-Delivery-Id: wh_\(id)\r
            X-OpenSense-Timestamp: \(time)\r
            X-Body-Signature: sha256=\(try bodySignature(body))\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }

    /// The HMAC of the body alone, in hexadecimal.
    private static func bodySignature(_ body: [UInt8]) throws -> String {
        let key = try HMACSHA256Key(secret.utf8.span)
        return try key.authenticate(prefix: [UInt8]().span, message: body.span).hexadecimal
    }

    /// The documented sample.
    static func body(_ id: String) -> [UInt8] {
        Array(
            """
            {
              "event": {
                "id":        "evt_\(id)",
                "kind":      "alarm_opened",
                "severity":  "alarm",
                "opened_at": "2026-05-17T08:10:00Z",
                "site_id":   "site_4f3c",
                "device_id": "dev_b1d2",
                "channel_id":"chn_\(id)",
                "value_at":   11.2,
                "thresholds": { "ok_min": -2, "ok_max": 8 }
              },
              "delivery": {
                "id":        "wh_\(id)",
                "attempt":    1,
                "delivered_at": "2026-05-17T08:10:01Z"
              }
            }
            """.utf8)
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
