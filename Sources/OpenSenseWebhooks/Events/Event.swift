internal import FoundationEssentials

/// What happened at a sensor, a device or an account.
///
/// Only ``kind`` is certain. Every other field is there when the sender gave it in the documented type, and
/// nil otherwise; ``fields`` has them all as they came, also those that this version does not know.
public struct Event: Sendable, Hashable {
    /// What happened.
    public let kind: EventKind
    /// The event's own id, such as `evt_4f3c`; an acknowledgement has another one than its alarm.
    public let id: String?
    /// The sender's severity, such as `alarm`.
    public let severity: String?
    /// Where it happened.
    public let siteID: String?
    /// The device.
    public let deviceID: String?
    /// The measured channel of the device.
    public let channelID: String?
    /// The times the event carries, by field name: every text field ending in `_at`.
    public let times: [String: EventTime]

    /// The whole body that the event came in.
    package let body: [UInt8]

    /// When the alarm began; with the identity of the channel it names one alarm.
    public var openedAt: EventTime? { times["opened_at"] }

    /// The latest of the times the event carries about its alarm, which orders it among events about the same one.
    ///
    /// Only ``alarmTimeNames`` count: a time about something else, such as a next report, says nothing about it.
    public var referenceTime: EventTime? {
        Self.alarmTimeNames.compactMap { times[$0] }.max { $0.date < $1.date }
    }

    /// The fields that tell when something happened to an alarm.
    ///
    /// Only `opened_at` is documented; the others are the names that the field uses.
    public static let alarmTimeNames = [
        "opened_at", "acked_at", "acknowledged_at", "cleared_at", "closed_at", "resolved_at", "offline_at",
        "online_at", "occurred_at", "silenced_at",
    ]

    /// The measured value at the time of the event, in the channel's unit; read anew at each call.
    public var valueAt: Double? { measurement?.value }

    /// The range in which the value would be fine; read anew at each call.
    public var thresholds: Thresholds? { measurement?.thresholds }

    /// Every field of the event as it came, decoded anew at each call.
    ///
    /// Nil in the one case that a number lies outside the range of `Decimal`.
    public var fields: [String: JSONValue]? {
        try? JSON.decoder.decode(FieldsEnvelope.self, from: Data(body)).event
    }

    /// What nobody needs to accept a delivery is not read until somebody asks.
    private var measurement: Measurement? {
        try? JSON.decoder.decode(MeasurementEnvelope.self, from: Data(body)).event
    }
}

/// The range in which a measured value is fine.
public struct Thresholds: Sendable, Hashable {
    /// The lowest fine value, in the channel's unit.
    public let okMin: Double?
    /// The highest fine value, in the channel's unit.
    public let okMax: Double?
}

private struct MeasurementEnvelope: Decodable {
    let event: Measurement
}

private struct Measurement: Decodable {
    let value: Double?
    let thresholds: Thresholds?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldName.self)
        value = container.lenient(Double.self, "value_at")
        thresholds = container.lenient(ThresholdFields.self, "thresholds")?.thresholds
    }
}

private struct ThresholdFields: Decodable {
    let thresholds: Thresholds

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldName.self)
        thresholds = Thresholds(
            okMin: container.lenient(Double.self, "ok_min"), okMax: container.lenient(Double.self, "ok_max"))
    }
}

private struct FieldsEnvelope: Decodable {
    let event: [String: JSONValue]
}
