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

    /// Whether one of its ids is a number or a truth value, and was taken as its JSON.
    let hasIDThatIsNoText: Bool
    /// The whole body that the event came in, byte for byte.
    public let body: [UInt8]
    /// The same, read.
    package let document: JSONDocument
    /// The event's object within it.
    private let place: Int

    /// The event whose object is at `place`; nil when it is no object or has no text `kind`.
    init?(_ document: JSONDocument, at place: Int, body: [UInt8]) {
        guard let kind = document.plainText(document.member(EventField.kind, of: place)) else { return nil }
        self.kind = EventKind(name: kind)
        let idPlace = document.member(EventField.id, of: place)
        let sitePlace = document.member(EventField.siteID, of: place)
        let devicePlace = document.member(EventField.deviceID, of: place)
        let channelPlace = document.member(EventField.channelID, of: place)
        id = document.identifier(idPlace)
        severity = document.plainText(document.member(EventField.severity, of: place))
        siteID = document.identifier(sitePlace)
        deviceID = document.identifier(devicePlace)
        channelID = document.identifier(channelPlace)
        times = document.times(of: place)
        hasIDThatIsNoText =
            document.isIdentifierWithoutText(idPlace) || document.isIdentifierWithoutText(sitePlace)
            || document.isIdentifierWithoutText(devicePlace) || document.isIdentifierWithoutText(channelPlace)
        self.document = document
        self.place = place
        self.body = body
    }

    /// When the alarm began; with the identity of the channel it names one alarm.
    public var openedAt: EventTime? { times["opened_at"] }

    /// The latest of the times the event carries about its alarm, which orders it among events about the same
    /// one.
    ///
    /// Only ``alarmTimeNames`` count: a time about something else, such as a next report, says nothing about
    /// it.
    public var referenceTime: EventTime? {
        Self.alarmTimeNames.compactMap { times[$0] }.max { $0.unixMilliseconds < $1.unixMilliseconds }
    }

    /// The fields that say when something happened to an alarm.
    ///
    /// Only `opened_at` is documented; the others are the names that the field uses.
    public static let alarmTimeNames = [
        "opened_at", "reopened_at", "acked_at", "acknowledged_at", "cleared_at", "closed_at", "resolved_at",
        "offline_at",
        "online_at", "occurred_at", "silenced_at",
    ]

    /// The measured value at the time of the event, in the channel's unit; nil also for one that is not
    /// finite.
    public var valueAt: Double? { finite(document.member(EventField.valueAt, of: place)) }

    /// The range in which the value would be fine.
    public var thresholds: Thresholds? {
        guard let range = document.member(EventField.thresholds, of: place), document.isObject(range) else {
            return nil
        }
        return Thresholds(
            okMin: finite(document.member(EventField.okMin, of: range)),
            okMax: finite(document.member(EventField.okMax, of: range)))
    }

    /// Every field of the event as it came, decoded anew at each call.
    public var fields: JSONObject { document.object(place) }

    private func finite(_ node: Int?) -> Double? {
        document.number(node).map(\.doubleValue).flatMap { $0.isFinite ? $0 : nil }
    }

    /// Whether both came in the same body: everything else follows from it.
    public static func == (left: Event, right: Event) -> Bool { left.body == right.body }

    /// Feeds the body to `hasher`.
    public func hash(into hasher: inout Hasher) { hasher.combine(body) }
}

/// The range in which a measured value is fine.
public struct Thresholds: Sendable, Hashable {
    /// The lowest fine value, in the channel's unit.
    public let okMin: Double?
    /// The highest fine value, in the channel's unit.
    public let okMax: Double?
}

extension JSONDocument {
    /// The members of an object whose names end in `_at` and whose values are texts of a moment.
    ///
    /// Of two equal names the first holds, also when it is no moment.
    func times(of node: Int) -> [String: EventTime] {
        var (at, end) = (node + 1, next(after: node))
        var times: [String: EventTime] = [:]
        var untimed: Set<String> = []
        while at < end {
            if let name = nameOfTime(at), times[name] == nil, !untimed.contains(name) {
                if let time = plainText(at + 1).flatMap(EventTime.init) {
                    times[name] = time
                } else {
                    untimed.insert(name)
                }
            }
            at = next(after: at + 1)
        }
        return times
    }
}
