import AdapterKit
import Foundation
import OpenSenseWebhooks
import Testing
import WebhookAdapter

/// Names a row of a table in a test's output.
protocol Row: Sendable, CustomTestStringConvertible {
    var testDescription: String { get }
}

/// A receiver that is given in the tests.
enum Given {
    static let url = "https://receiver.example/hooks/0123456789abcdef?team=cold"
    static let secret = "a long secret of the receiver"
    /// `whsec_` and the base64 of 24 bytes, as in the specification of Standard Webhooks.
    static let standardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    /// When an attempt is made, half an hour after the delivery came.
    static let context = AdapterContext(
        time: 1_779_005_400, nonce: "abc-1-1", attemptTime: 1_779_007_200)

    /// The settings with all defaults but `changes`.
    static func settings(_ changes: [String: String] = [:]) throws -> AdapterSettings {
        var (texts, secrets) = ([String: String](), [String: Secret]())
        let values = ["url": url, "secret": secret].merging(changes) { $1 }
        for setting in Webhook.type.settings {
            guard let value = values[setting.name] ?? setting.defaultValue else { continue }
            if setting.isSecret {
                secrets[setting.name] = value.isEmpty ? nil : try Secret(value)
            } else {
                texts[setting.name] = value
            }
        }
        return AdapterSettings(texts: texts, secrets: secrets)
    }

    static func adapter(_ changes: [String: String] = [:]) throws -> any IncidentAdapter {
        try Webhook.type.make(settings(changes))
    }

    /// An update about an event of `kind`.
    static func update(
        _ kind: String = "alarm_opened", _ action: IncidentUpdate.Action = .open, note: String? = nil,
        delivery id: String = "wh_4f3c1a", extra: String = ""
    ) throws -> IncidentUpdate {
        let body =
            #"{"event":{"id":"evt_1","kind":"\#(kind)","severity":"alarm","site_id":"s","#
            + #""device_id":"d","channel_id":"c","opened_at":"2026-05-17T08:10:00Z"\#(extra)},"#
            + #""delivery":{"id":"\#(id)"}}"#
        let delivery = try Delivery(body: Array(body.utf8))
        return IncidentUpdate(
            action: action, key: IncidentKey(delivery.event, fallback: id), event: delivery.event,
            deliveryID: id, note: note)
    }

    /// The one request for an update; nil for none.
    static func request(
        _ update: IncidentUpdate, _ changes: [String: String] = [:], context: AdapterContext = context
    ) throws -> OutboundRequest? {
        guard case .send(let request, nil) = try adapter(changes).begin(update, context: context) else {
            return nil
        }
        return request
    }
}

extension OutboundRequest {
    /// The value of a header field of this name, in any case.
    func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
