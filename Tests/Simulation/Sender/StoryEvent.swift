internal import AdapterKit

/// One thing that happened, as it was and as the sender reports it.
struct StoryEvent {
    /// Its place in the story; the delivery's id follows from it.
    var number = 0
    /// What opens and clears together, as in the relay's own words.
    var key: String
    let site: String, device: String, channel: String?
    let kind: String
    /// Which alarm of the key, counted from 0; nil for what is no part of one.
    let episode: Int?
    /// When it happened, in milliseconds.
    var time: Int
    /// The times in the event.
    var times: [StoryTime]
    /// The sender's word for how bad it is; nil where it has none.
    var severity: Severity? = .alarm
    /// The event's id where it does not follow from ``number``: one that several deliveries report.
    var name: String?
    /// What an open reports.
    var occasion = Occasion.first
    /// Whether the channel's id is a number in JSON.
    var hasNumericChannel = false
    /// The webhook by which it is reported.
    var path = WireRequest.path

    /// What an open says of its alarm.
    enum Occasion {
        /// That it began.
        case first
        /// What is known already, as bad as before or not.
        case again
        /// That it goes on although it was acknowledged.
        case reopened
    }

    var deliveryID: String { "wh_\(number)" }

    var eventID: String { name ?? "evt_\(number)" }

    /// What the kind stands for.
    var action: IncidentUpdate.Action? {
        switch kind {
        case "alarm_opened", "device_offline": .open
        case "alarm_ack": .acknowledge
        case "alarm_cleared", "device_online": .resolve
        case "silence_opened", "silence_closed", "report_ready": .annotate
        default: nil
        }
    }

    /// When its alarm began, if the event has that time.
    var openedAt: Int? { times.first { $0.field == "opened_at" && $0.isUsable }?.time }

    /// The latest time in the event.
    var reference: Int? { times.lazy.filter(\.isUsable).map(\.time).max() }

    /// The least that a relay may take the reference for: a time ahead of the sender's clock is cut.
    var referenceAtLeast: Int? { reference.map { min($0, time) } }

    /// The body of a delivery.
    ///
    /// - Parameter mutation: A fault put in on purpose.
    func body(attempt: Int, at now: Int, mutation: Mutation?) -> [UInt8] {
        var fields = #""id":"\#(eventID)","kind":"\#(kind)""#
        if let severity, mutation != .hideSeverities { fields += #","severity":"\#(severity.rawValue)""# }
        fields += #","site_id":"\#(site)","device_id":"\#(device)""#
        if let channel {
            fields += hasNumericChannel ? #","channel_id":\#(channel)"# : #","channel_id":"\#(channel)""#
        }
        for time in mutated(by: mutation) { fields += #","\#(time.field)":"\#(time.text)""# }
        let delivery =
            #"{"id":"\#(deliveryID)","attempt":\#(attempt),"delivered_at":"\#(Moment.text(now))"}"#
        return Array(#"{"event":{\#(fields)},"delivery":\#(delivery)}"#.utf8)
    }

    private func mutated(by mutation: Mutation?) -> [StoryTime] {
        switch mutation {
        case .hideReopenings: times.filter { $0.field != "reopened_at" }
        case .hideClearedOpenings where action == .resolve && times.count > 1:
            times.filter { $0.field != "opened_at" }
        case .redateRepetitions where occasion == .again:
            times.map { StoryTime(field: $0.field, time: $0.time + 1_000, writing: $0.writing) }
        default: times
        }
    }
}

extension StoryEvent: CustomStringConvertible {
    var description: String {
        let timeText = times.map { " \($0.field)=\($0.text.dropFirst(11))" }.joined()
        return "\(deliveryID) \(kind) of \(key)\(timeText) \(severity?.rawValue ?? "-")"
    }
}

/// What a sender's times look like; the documentation leaves it open.
enum TimeStyle: CaseIterable {
    /// Each event has its own time, and those after the open repeat `opened_at`.
    case both
    /// Every event of an alarm has the alarm's `opened_at` and nothing else.
    case openingOnly
    /// Each event has its own time, in `opened_at`.
    case ownTime
    /// As `both`, but some events have no time at all.
    case sometimesNone
}
