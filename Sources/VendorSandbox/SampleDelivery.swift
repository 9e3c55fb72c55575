internal import FoundationEssentials

/// Bodies as OpenSense sends them, with chosen values.
///
/// - Source: OpenSense webhook documentation, "Payload". What a clear, an acknowledgement and the others
///   carry beyond the kind is not documented; here they repeat `opened_at` and add their own time field.
package struct SampleDelivery: Sendable {
    /// The documented kinds, in the order of the documentation.
    package static let kinds = [
        "alarm_opened", "alarm_ack", "alarm_cleared", "device_offline", "device_online", "silence_opened",
        "silence_closed", "report_ready",
    ]

    /// What happened.
    package var kind: String
    /// The event's id.
    package var eventID: String
    /// The delivery's id.
    package var deliveryID: String
    /// Where.
    package var siteID = "site_4f3c"
    /// On which device.
    package var deviceID = "dev_b1d2"
    /// On which channel.
    package var channelID = "chn_a1b2"
    /// How bad it is, in the sender's words.
    package var severity = "alarm"
    /// When the alarm began; seconds since 1970-01-01T00:00:00Z.
    package var openedAt: Int
    /// When this happened; seconds since 1970-01-01T00:00:00Z.
    package var happenedAt: Int
    /// Which attempt it is, from 1.
    package var attempt = 1

    /// A delivery of `kind` about something that began and happened at `time`.
    package init(kind: String, eventID: String, deliveryID: String, time: Int) {
        self.kind = kind
        self.eventID = eventID
        self.deliveryID = deliveryID
        openedAt = time
        happenedAt = time
    }

    /// The body.
    package var body: [UInt8] {
        var event: [(String, String)] = [
            ("id", quoted(eventID)), ("kind", quoted(kind)), ("severity", quoted(severity)),
            ("opened_at", quoted(time(openedAt))),
        ]
        if let name = Self.timeNames[kind] { event.append((name, quoted(time(happenedAt)))) }
        event.append(("site_id", quoted(siteID)))
        if kind != "report_ready" { event.append(("device_id", quoted(deviceID))) }
        if kind.hasPrefix("alarm_") {
            event.append(("channel_id", quoted(channelID)))
            event.append(("value_at", kind == "alarm_cleared" ? "6.4" : "11.2"))
            event.append(("thresholds", "{\"ok_min\":-2,\"ok_max\":8}"))
        }
        let delivery = [
            ("id", quoted(deliveryID)), ("attempt", "\(attempt)"),
            ("delivered_at", quoted(time(happenedAt + 1))),
        ]
        return Array("{\"event\":\(object(event)),\"delivery\":\(object(delivery))}".utf8)
    }

    private static let timeNames = [
        "alarm_ack": "acked_at", "alarm_cleared": "cleared_at", "device_online": "online_at",
        "silence_closed": "closed_at",
    ]

    private func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    private func quoted(_ text: String) -> String { String(decoding: SandboxJSON.bytes(text), as: UTF8.self) }

    private func time(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle())
    }
}
