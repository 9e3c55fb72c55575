internal import AdapterKit

/// One thing that happened, as it was and as the sender reports it.
struct StoryEvent {
    /// Its place in the story; the event's and the delivery's ids follow from it.
    var number = 0
    /// What opens and clears together, as in the relay's own words.
    let key: String
    let site: String, device: String, channel: String?
    let kind: String
    /// Which alarm of the key, counted from 0; nil for what is no part of one.
    let episode: Int?
    /// When it happened, in milliseconds.
    let time: Int
    /// The times in the event, in milliseconds, by field.
    let times: [(field: String, time: Int)]

    var deliveryID: String { "wh_\(number)" }

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
    var openedAt: Int? { times.first { $0.field == "opened_at" }?.time }

    /// The latest time in the event.
    var reference: Int? { times.map(\.time).max() }

    func body(attempt: Int, at now: Int) -> [UInt8] {
        var fields = #""id":"evt_\#(number)","kind":"\#(kind)","severity":"alarm""#
        fields += #","site_id":"\#(site)","device_id":"\#(device)""#
        if let channel { fields += #","channel_id":"\#(channel)""# }
        for (field, time) in times { fields += #","\#(field)":"\#(Moment.text(time))""# }
        let delivery =
            #"{"id":"\#(deliveryID)","attempt":\#(attempt),"delivered_at":"\#(Moment.text(now))"}"#
        return Array(#"{"event":{\#(fields)},"delivery":\#(delivery)}"#.utf8)
    }
}

extension StoryEvent: CustomStringConvertible {
    var description: String {
        let timeText = times.map { " \($0.field)=\(Moment.text($0.time).dropFirst(11))" }.joined()
        return "\(deliveryID) \(kind) of \(key)\(timeText)"
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
