/// What a page says of the alarm's past.
extension IncidentTimeline {
    /// How far back repetitions are counted, in milliseconds.
    private static let repetitionMilliseconds = 86_400_000

    /// `4th time since 01:00 UTC`; nil for an alarm that is the first in a day.
    func repetitions(at opening: WallTime) -> String? {
        let recent = openings.filter {
            $0 <= opening && opening.milliseconds(since: $0) <= Self.repetitionMilliseconds
        }
        guard let first = recent.min() else { return nil }
        let minutes = first.unixSeconds / 60
        let clock = [minutes / 60 % 24, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        let count = recent.count + 1
        let isMore = openings.count >= Self.openingsMax && recent.count == openings.count
        return
            "\(isMore ? "at least " : "")\(count)\(Self.ending(count)) time since \(clock[0]):\(clock[1]) UTC"
    }

    private static func ending(_ count: Int) -> String {
        switch (count % 100, count % 10) {
        case (11...13, _): "th"
        case (_, 1): "st"
        case (_, 2): "nd"
        case (_, 3): "rd"
        default: "th"
        }
    }
}

extension TimelineStep {
    /// `warning → alarm, 9 → 21`: what has changed since the vendors last heard of the alarm.
    func change(from episode: IncidentTimeline.Episode, _ severities: SeverityOrder) -> String {
        let before = episode.severity ?? severities.standard
        let words = "\(before) → \(severity ?? before)"
        guard let old = episode.value, let new = value, old != new else { return words }
        return "\(words), \(old) → \(new)"
    }
}
