internal import OpenSenseWebhooks

/// The times of an event that put it in order among the events of its alarm.
///
/// A time in the sender's own future is cut to the latest moment at which it can have signed, and does not
/// outrank what is received until then. One that only a clock that was never set can give orders nothing.
struct OrderingTimes {
    /// When the alarm began by the sender's word, also in the future.
    private(set) var moment: WallTime?
    /// The same, cut.
    private(set) var openedAt: WallTime?
    /// The latest of the times, cut.
    private(set) var reference: WallTime?
    /// Whether one of them is later than `opened_at`, before they are cut.
    private(set) var namesOpening = false
    /// The names of those that order nothing, sorted.
    private(set) var implausible: [String] = []

    /// The first moment that a time can have: 2015-01-01T00:00:00Z.
    private static let earliest = WallTime(unixSeconds: 1_420_070_400)
    /// How far ahead of the signed second a time can be, in milliseconds.
    private static let aheadMillisecondsMax = 86_400_000
    private static let names = Set(Event.alarmTimeNames)

    /// The times of `event`, which was signed at `latest` or before.
    init(_ event: Event, latest: WallTime) {
        let end = latest.adding(milliseconds: Self.aheadMillisecondsMax)
        var newest: WallTime?
        for (name, time) in event.times where Self.names.contains(name) {
            let moment = WallTime(unixMilliseconds: time.unixMilliseconds)
            guard moment >= Self.earliest, moment <= end else {
                implausible.append(name)
                continue
            }
            newest = max(newest ?? moment, moment)
            let cut = min(moment, latest)
            if name == "opened_at" { (self.moment, openedAt) = (moment, cut) }
            reference = max(reference ?? cut, cut)
        }
        namesOpening = moment.map { $0 < newest ?? $0 } ?? false
        implausible.sort()
    }
}
