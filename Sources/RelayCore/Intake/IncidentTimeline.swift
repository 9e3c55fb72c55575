package import AdapterKit

/// What is known of one incident key: the alarm that is open, and the newest clear.
///
/// Deliveries come out of order: a clear overtakes its open when the open's first attempt failed, and a late
/// clear can meet a newer alarm. Two times decide, both the sender's own: when the alarm was opened, which
/// tells one episode of a key from the next, and the event's reference time, the latest it carries. Where an
/// event carries none, the order of acceptance decides.
///
/// - Unit: every time is in milliseconds since 1970-01-01T00:00:00Z.
package struct IncidentTimeline: Sendable, Hashable {
    /// One span from open to clear.
    package struct Episode: Sendable, Hashable {
        /// When the alarm began, if the sender said so.
        package var openedAt: Int?
        /// The event that opened it, if it had an id.
        package var eventID: String?
        /// Where its updates go: pinned, because a vendor matches a resolve only to the credentials that
        /// the trigger came with.
        package var destinations: [String]

        /// An episode.
        package init(openedAt: Int?, eventID: String?, destinations: [String]) {
            self.openedAt = openedAt
            self.eventID = eventID
            self.destinations = destinations
        }
    }

    /// An acknowledgement that came before its open.
    package struct EarlyAcknowledgement: Sendable, Hashable {
        /// The opening time it names, if any.
        package var openedAt: Int?
        /// Its reference time.
        package var reference: Int

        /// An acknowledgement.
        package init(openedAt: Int?, reference: Int) {
            self.openedAt = openedAt
            self.reference = reference
        }
    }

    /// The open alarm, if one is.
    package var episode: Episode?
    /// The latest moment at which the key is known to have been clear.
    package var newestClear: Int?
    /// An acknowledgement that waits for its open.
    package var earlyAcknowledgement: EarlyAcknowledgement?

    /// A key of which nothing is known.
    package init() {}

    /// Takes in one event and says what is to be sent.
    package mutating func take(_ step: TimelineStep) -> TimelineVerdict {
        switch step.action {
        case .open: open(step)
        case .acknowledge: acknowledge(step)
        case .resolve: resolve(step)
        case .annotate: .send([.annotate], to: step.destinations)
        }
    }

    private mutating func open(_ step: TimelineStep) -> TimelineVerdict {
        if let episode {
            if let id = step.eventID, id == episode.eventID { return .repeated }
            if let openedAt = step.openedAt, let known = episode.openedAt {
                if openedAt == known { return .repeated }
                if openedAt < known { return .superseded(.newerAlarmOpen) }
            }
        }
        if let reference = step.reference, let newestClear, reference <= newestClear {
            return .superseded(.clearedSince)
        }
        episode = Episode(openedAt: step.openedAt, eventID: step.eventID, destinations: step.destinations)
        defer { earlyAcknowledgement = nil }
        let isAcknowledged = earlyAcknowledgement.map { isFor(step, $0) } ?? false
        return .send(isAcknowledged ? [.open, .acknowledge] : [.open], to: step.destinations)
    }

    private mutating func acknowledge(_ step: TimelineStep) -> TimelineVerdict {
        if let reference = step.reference, let newestClear, reference <= newestClear {
            return .superseded(.clearedSince)
        }
        guard let episode else {
            earlyAcknowledgement = step.reference.map {
                EarlyAcknowledgement(openedAt: step.openedAt, reference: $0)
            }
            return .send([.acknowledge], to: step.destinations)
        }
        if let openedAt = step.openedAt, let known = episode.openedAt, openedAt < known {
            return .superseded(.newerAlarmOpen)
        }
        return .send([.acknowledge], to: episode.destinations)
    }

    private mutating func resolve(_ step: TimelineStep) -> TimelineVerdict {
        if let reference = step.reference, let known = episode?.openedAt, reference < known {
            newestClear = max(newestClear ?? reference, reference)
            return .superseded(.newerAlarmOpen)
        }
        let destinations = episode?.destinations ?? step.destinations
        newestClear = [newestClear, step.reference, episode?.openedAt].compactMap(\.self).max()
        episode = nil
        earlyAcknowledgement = nil
        return .send([.resolve], to: destinations)
    }

    /// Whether an acknowledgement that came first belongs to the alarm that `step` opens.
    private func isFor(_ step: TimelineStep, _ early: EarlyAcknowledgement) -> Bool {
        if let named = early.openedAt, let openedAt = step.openedAt { return named == openedAt }
        return early.reference >= step.reference ?? .max
    }
}

/// What an event asks of its incident, before the past is consulted.
package struct TimelineStep: Sendable, Hashable {
    /// What the event's kind stands for.
    package var action: IncidentUpdate.Action
    /// When the alarm began, if the event says so.
    package var openedAt: Int?
    /// The latest time the event carries.
    package var reference: Int?
    /// The event's id, if it has one.
    package var eventID: String?
    /// Where the configuration sends it now.
    package var destinations: [String]

    /// A step.
    package init(
        action: IncidentUpdate.Action, openedAt: Int?, reference: Int?, eventID: String?,
        destinations: [String]
    ) {
        self.action = action
        self.openedAt = openedAt
        self.reference = reference
        self.eventID = eventID
        self.destinations = destinations
    }
}

/// What the timeline says of an event.
package enum TimelineVerdict: Sendable, Hashable {
    /// These actions are sent, in this order.
    case send([IncidentUpdate.Action], to: [String])
    /// It tells of an open alarm again; nothing is sent.
    case repeated
    /// It is over already; nothing is sent.
    case superseded(Reason)

    /// Why an event came too late.
    package enum Reason: String, Sendable, Hashable {
        /// A clear that is no older has been accepted.
        case clearedSince = "cleared-since"
        /// A newer alarm of the same key is open.
        case newerAlarmOpen = "newer-alarm-open"
    }
}
