public import AdapterKit
internal import OpenSenseWebhooks

/// A file that shows what an adapter makes of one kind of event: the body, the requests where places have no
/// names, and those where they have, divided by lines of dashes.
///
/// ``all`` has one for every kind and for an alarm that got worse or began again, so that a person can read
/// what another person will read at night.
public struct GoldenFile: Sendable, Hashable, CustomStringConvertible {
    /// The file's name without its ending, such as `alarm-opened`.
    public let description: String
    /// What is to happen.
    public let action: IncidentUpdate.Action
    private let note: String?
    private let fields: JSONObject

    private init(
        _ name: String, _ kind: String, _ action: IncidentUpdate.Action, _ more: JSONObject,
        note: String? = nil
    ) {
        (description, self.action, self.note) = (name, action, note)
        var fields: JSONObject = ["id": "evt_4f3c", "kind": .string(kind), "site_id": "site_4f3c"]
        for field in more { fields[field.name] = field.value }
        self.fields = fields
    }

    /// A file for every kind, the undocumented ones by one example.
    public static let all: [GoldenFile] = [
        GoldenFile("alarm-opened", "alarm_opened", .open, alarm(11.2)),
        GoldenFile("alarm-worse", "alarm_opened", .update, alarm(21), note: "warning → alarm, 9 → 21"),
        GoldenFile("alarm-again", "alarm_opened", .open, alarm(11.2), note: "4th time since 01:00 UTC"),
        GoldenFile("alarm-acknowledged", "alarm_ack", .acknowledge, alarm(nil, "acked_at", "08:14:00")),
        GoldenFile("alarm-cleared", "alarm_cleared", .resolve, alarm(4.1, "cleared_at", "08:55:00")),
        GoldenFile("device-offline", "device_offline", .open, device("opened_at")),
        GoldenFile("device-online", "device_online", .resolve, device("online_at")),
        GoldenFile("silence-opened", "silence_opened", .annotate, place),
        GoldenFile("silence-closed", "silence_closed", .annotate, place),
        GoldenFile("report-ready", "report_ready", .annotate, [:]),
        GoldenFile("other-kind", "door_opened", .open, device("opened_at")),
    ]

    private static let place: JSONObject = ["device_id": "dev_b1d2", "channel_id": "chn_a1b2"]

    private static func device(_ time: String) -> JSONObject {
        ["device_id": "dev_b1d2", time: "2026-05-17T08:10:00Z"]
    }

    private static func alarm(_ value: Double?, _ time: String = "", _ clock: String = "") -> JSONObject {
        var fields = place
        fields["severity"] = "alarm"
        fields["opened_at"] = "2026-05-17T08:10:00Z"
        fields["value_at"] = value.flatMap { JSONNumber("\($0)") }.map(JSONValue.number)
        fields["thresholds"] = value.map { _ in ["ok_min": -2, "ok_max": 8] }
        if !time.isEmpty { fields[time] = .string("2026-05-17T\(clock)Z") }
        return fields
    }

    /// What people call the places of the examples.
    public static let wording: Wording = {
        var names = PlaceNames()
        names[.site, "site_4f3c"] = .init(name: "Berlin")
        names[.device, "dev_b1d2"] = .init(name: "Freezer 3", unit: "°C")
        names.links = ["https://app.example.org/{site}/{device}", "https://app.example.org/{site}"]
            .compactMap { try? LinkTemplate($0) }
        return Wording(names: names)
    }()

    /// The file's text as it is now.
    ///
    /// - Parameters:
    ///   - adapter: The adapter.
    ///   - state: What the adapter has kept for the episode.
    ///   - answer: How the vendor answers each request.
    /// - Throws: When the adapter fails.
    public func text(
        _ adapter: any IncidentAdapter, state: String? = nil,
        answer: (OutboundRequest) -> VendorResponse = { _ in VendorResponse(status: 202) }
    ) throws -> String {
        let value: JSONValue = ["event": .object(fields), "delivery": ["id": "wh_4f3c1a"]]
        let body = GoldenExample.pretty(value)
        let divider = "\n\(GoldenExample.divider)\n"
        let requests = try [Wording(), Self.wording].map { wording in
            try GoldenExample(body: body).actual(
                adapter, action, note: note, wording: wording, state: state, answer: answer)
        }
        return ([body] + requests).joined(separator: divider)
    }
}
