/// Limits the events a minute of each kind that unauthenticated peers or a broken disk can cause without end,
/// and counts the rest.
///
/// A value: the clock is given to it.
package struct EventThrottle: Sendable {
    /// Events of one kind that are let through in a minute.
    package static let perMinuteMax = 60
    /// How long a minute is, in milliseconds.
    static let minuteMilliseconds = 60_000
    /// Kinds that have separate counts at the same time; further ones share one.
    static let kindsMax = 64

    private struct Kind: Hashable {
        let code: RelayEvent.Code
        let detail: String
    }

    private struct Count {
        let since: SteadyTime
        var events = 0
    }

    private var counts: [Kind: Count] = [:]
    /// The sender's kinds of events that were named already.
    private var namedKinds: Set<String> = []
    /// When the oldest of the counts is a minute old.
    private var nextExpiry: SteadyTime?

    /// A throttle that has seen nothing.
    package init() {}

    /// What is to be written now that `event` happened: the event unless there were too many, and before it
    /// how many were left out in minutes that have passed.
    package mutating func admit(_ event: RelayEvent, at now: SteadyTime) -> [RelayEvent] {
        var events = expired(at: now)
        if case .kindUnknown(let kind, _) = event {
            // Once for each: the sender goes on sending it, and every delivery has a line beside.
            guard namedKinds.count < Self.kindsMax, namedKinds.insert(kind).inserted else { return events }
            events.append(event)
            return events
        }
        guard let detail = event.suppressionKey else {
            events.append(event)
            return events
        }
        var kind = Kind(code: event.code, detail: detail)
        if counts[kind] == nil, counts.count >= Self.kindsMax {
            kind = Kind(code: event.code, detail: "other")
        }
        counts[kind, default: Count(since: now)].events += 1
        if nextExpiry == nil { nextExpiry = now.adding(milliseconds: Self.minuteMilliseconds) }
        if counts[kind]?.events ?? 0 <= Self.perMinuteMax { events.append(event) }
        return events
    }

    /// The counts of events that were left out and not yet reported, when the log ends.
    package mutating func rest() -> [RelayEvent] {
        defer { counts = [:] }
        return counts.compactMap(Self.suppressed).sorted { "\($0)" < "\($1)" }
    }

    private mutating func expired(at now: SteadyTime) -> [RelayEvent] {
        guard let nextExpiry, now >= nextExpiry else { return [] }
        let over = counts.filter { now.milliseconds(since: $0.value.since) >= Self.minuteMilliseconds }
        for kind in over.keys { counts[kind] = nil }
        self.nextExpiry = counts.values.map(\.since).min()?.adding(milliseconds: Self.minuteMilliseconds)
        return over.compactMap(Self.suppressed).sorted { "\($0)" < "\($1)" }
    }

    private static func suppressed(_ kind: Kind, _ count: Count) -> RelayEvent? {
        let leftOut = count.events - perMinuteMax
        return leftOut > 0 ? .eventsSuppressed(code: kind.code, detail: kind.detail, count: leftOut) : nil
    }
}
