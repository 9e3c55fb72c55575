internal import OpenSenseWebhooks

/// The parts of the line that a person reads first.
struct Headline {
    /// Where: `Freezer 3, Berlin`.
    let place: String
    /// What happened, with its numbers: `11.2 °C, allowed −2 to 8, since 08:10 UTC`.
    let event: String
    /// The sender's word for how bad it is; nil where it says nothing, or where it is over.
    let severity: String?
    /// What has changed.
    let change: String?

    init(_ update: IncidentUpdate) {
        change = update.note
        if update.key.domain == "relay", case .string(let text)? = update.event.fields["text"] {
            (place, event, severity) = ("opensense-relay", text, nil)
            return
        }
        place = update.place ?? "OpenSense"
        let words = EventWords(update)
        event = words.text
        let word = words.hasSeverity ? update.event.severity : nil
        severity = word.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
    }

    /// All of it.
    var whole: String {
        "\(place): " + [said(within: nil), change].compactMap(\.self).joined(separator: "; ")
    }

    /// As much of it as fits: the change first, then what happened, and at least a third of the line for the
    /// place.
    func fitted(_ limit: TextLimit) -> String {
        let whole = whole
        guard !limit.allows(whole) else { return limit.cutLine(whole) }
        let rest = [change, said(within: Self.severityLimit)].compactMap(\.self).joined(separator: "; ")
        let room = max(limit.max - rest.utf16.count - 2, limit.max / 3, 1)
        return limit.cutLine("\(TextLimit(max: room).cut(place)): \(rest)")
    }

    private func said(within limit: TextLimit?) -> String {
        event + (severity.map { " (\(limit?.cut($0) ?? $0))" } ?? "")
    }

    /// The longest word for how bad it is, where there is no room for all.
    private static let severityLimit = TextLimit(max: 32)
}

/// What an event says, for people.
struct EventWords {
    private let update: IncidentUpdate
    private var event: Event { update.event }

    init(_ update: IncidentUpdate) { self.update = update }

    /// Whether how bad it is belongs to it: not where it is over or known.
    var hasSeverity: Bool {
        switch event.kind {
        case .alarmAcknowledged, .alarmCleared, .deviceOnline, .silenceOpened, .silenceClosed, .reportReady:
            false
        default: true
        }
    }

    /// What happened, with its numbers.
    var text: String {
        switch event.kind {
        case .alarmOpened:
            [reading ?? "alarm", allowed, since(event.openedAt)].compactMap(\.self).joined(separator: ", ")
        case .alarmAcknowledged: "alarm acknowledged"
        case .alarmCleared: "cleared" + (duration.map { " after \($0)" } ?? "") + numbers(after: ": ")
        case .deviceOffline:
            ["device offline", since(event.times["offline_at"] ?? event.openedAt)].compactMap(\.self)
                .joined(separator: " ")
        case .deviceOnline: "device online again"
        case .silenceOpened: "alarms silenced"
        case .silenceClosed: "silence ended"
        case .reportReady: "report ready" + named
        default: "event \(event.kind.name)" + named + numbers(after: ", ")
        }
    }

    private var named: String { event.id.map { ", \($0)" } ?? "" }

    private func numbers(after divider: String) -> String {
        guard let reading else { return "" }
        return divider + [reading, allowed].compactMap(\.self).joined(separator: ", ")
    }

    /// `11.2 °C`; nil without a value.
    private var reading: String? {
        guard let value = event.valueAt.map(ReadableNumber.text) ?? oddValue else { return nil }
        return update.names.unit.map { "\(value) \($0)" } ?? value
    }

    /// A value that is no number, or none that can be written as one, as it came.
    private var oddValue: String? {
        let value: String? =
            switch event.fields["value_at"] {
            case .number(let number)?: number.text
            case .string(let text)?: text
            case .null?, nil: nil
            case let other?: JSONBody.text(other)
            }
        guard let value else { return nil }
        let text = Self.oddValueLimit.cutLine(value)
        return text.allSatisfy(\.isWhitespace) ? nil : text
    }

    /// `allowed −2 to 8`; nil where the event names no limit.
    private var allowed: String? {
        let limits = event.thresholds
        switch (limits?.okMin.map(ReadableNumber.text), limits?.okMax.map(ReadableNumber.text)) {
        case (let low?, let high?): return "allowed \(low) to \(high)"
        case (let low?, nil): return "allowed from \(low)"
        case (nil, let high?): return "allowed to \(high)"
        case (nil, nil): return nil
        }
    }

    /// `since 08:10 UTC`, and with its day where that is not the last one.
    private func since(_ time: EventTime?) -> String? {
        guard let time, Self.plausible.contains(time.unixMilliseconds) else { return nil }
        let text = time.utcText
        let clock = text.dropFirst(11).prefix(5)
        let age = update.writtenAt.map { abs(Double($0) - Double(time.unixMilliseconds) / 1_000) } ?? 0
        return age < Self.dayNamedSeconds ? "since \(clock) UTC" : "since \(text.prefix(10)) \(clock) UTC"
    }

    /// How long the alarm was open: `3 h 20 min`; nil where the event does not say both ends.
    private var duration: String? {
        let ends = ["cleared_at", "resolved_at", "closed_at"].lazy.compactMap { event.times[$0] }
        guard let opened = event.openedAt, let end = ends.first,
            Self.plausible.contains(opened.unixMilliseconds), Self.plausible.contains(end.unixMilliseconds)
        else { return nil }
        let minutes = (end.unixMilliseconds - opened.unixMilliseconds) / 60_000
        switch minutes {
        case ..<1: return nil
        case ..<60: return "\(minutes) min"
        case ..<2_880: return "\(minutes / 60) h" + (minutes % 60 == 0 ? "" : " \(minutes % 60) min")
        default: return "\(minutes / 1_440) days"
        }
    }

    /// From which age on a time is given with its day.
    private static let dayNamedSeconds = 43_200.0
    /// The times that are said: from 2015 on, before which none orders anything, to the year 9999.
    ///
    /// - Unit: milliseconds since 1970-01-01T00:00:00Z.
    private static let plausible = 1_420_070_400_000..<253_402_300_800_000
    private static let oddValueLimit = TextLimit(max: 40)
}
