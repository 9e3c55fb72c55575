package import AdapterKit

/// What is known of one incident key: the alarm that is open, and the newest clear.
///
/// Deliveries come out of order: a clear overtakes its open when the open's first attempt failed, and a late
/// clear can meet a newer alarm. Two times decide, both the sender's own: when the alarm was opened, which
/// distinguishes the episodes of a key, and the event's reference time, the latest it carries. Where an event
/// carries none, the order of acceptance decides.
package struct IncidentTimeline: Sendable, Hashable {
    /// One span from open to clear.
    package struct Episode: Sendable, Hashable {
        /// When the alarm began, if the event has that time; else its reference time.
        package var openedAt: WallTime?
        /// The event that opened it, if it had an id.
        package var eventID: String?
        /// Where its updates go.
        ///
        /// Pinned, because a vendor matches a resolve only to the credentials that the trigger came with.
        package var destinations: [String]

        /// An episode.
        package init(openedAt: WallTime?, eventID: String?, destinations: [String]) {
            self.openedAt = openedAt
            self.eventID = eventID
            self.destinations = destinations
        }
    }

    /// An acknowledgement that came before its open.
    package struct EarlyAcknowledgement: Sendable, Hashable {
        /// The opening time it names, if any.
        package var openedAt: WallTime?
        /// Its reference time.
        package var reference: WallTime

        /// An acknowledgement.
        package init(openedAt: WallTime?, reference: WallTime) {
            self.openedAt = openedAt
            self.reference = reference
        }
    }

    /// The open alarm, if one is.
    package var episode: Episode?
    /// The latest moment at which the key is known to have been clear.
    package var newestClear: WallTime?
    /// When the alarm began that the newest clear ended, if that is known.
    package var clearedOpening: WallTime?
    /// An acknowledgement that waits for its open.
    package var earlyAcknowledgement: EarlyAcknowledgement?

    /// A key of which nothing is known.
    package init() {}

    /// Updates the timeline by one event and returns what is to be sent.
    package mutating func apply(_ step: TimelineStep) -> TimelineVerdict {
        switch step.action {
        case .open: open(step)
        case .acknowledge: acknowledge(step)
        case .resolve: resolve(step)
        case .update, .annotate, .refresh: .send(to: step.destinations, [step.action])
        }
    }

    private mutating func open(_ step: TimelineStep) -> TimelineVerdict {
        if let episode {
            if let id = step.eventID, id == episode.eventID { return .repeated }
            if let openedAt = step.opening, let known = episode.openedAt {
                if openedAt == known { return .repeated }
                if openedAt < known { return .superseded(.newerAlarmOpen) }
            }
        }
        if isBeforeClear(step) { return .superseded(.clearedSince) }
        let early = earlyAcknowledgement.map { isFor(step, $0) } ?? false
        let before = episode
        let isNext = before.map { isCertainlyNewer(step, than: $0) } ?? false
        // It may be the same alarm, repeated after the configuration changed: its clear must go to both
        // places.
        let others = isNext ? [] : (before?.destinations ?? []).filter { !step.destinations.contains($0) }
        episode = Episode(
            openedAt: step.opening, eventID: step.eventID, destinations: step.destinations + others)
        if early || !isOfLaterAlarm(than: step.opening) { earlyAcknowledgement = nil }
        let opening = step.destinations.map {
            DestinationPlan(destination: $0, actions: early ? [.open, .acknowledge] : [.open])
        }
        // The clear of the alarm before was lost or is late. Its incident is closed first: a vendor folds a
        // second open into an incident that is open, and would not page for the new alarm.
        guard let before, isNext else { return .send(opening) }
        return .send(
            before.destinations.map { DestinationPlan(destination: $0, actions: [.resolve]) } + opening)
    }

    private mutating func acknowledge(_ step: TimelineStep) -> TimelineVerdict {
        if isBeforeClear(step) { return .superseded(.clearedSince) }
        let early = step.reference.map { EarlyAcknowledgement(openedAt: step.openedAt, reference: $0) }
        guard let episode else {
            storeEarlyAcknowledgement(early)
            return .send(to: step.destinations, [.acknowledge])
        }
        if let openedAt = step.openedAt, let known = episode.openedAt, openedAt != known {
            if openedAt < known { return .superseded(.newerAlarmOpen) }
            // Of an alarm that has not come yet; or of this one, by a sender that writes each event's own
            // time there. In either case a person is working on this sensor.
            storeEarlyAcknowledgement(early)
        }
        return .send(to: episode.destinations, [.acknowledge])
    }

    /// Of two that wait, the one of the later alarm: the other alarm is over, or soon will be.
    private mutating func storeEarlyAcknowledgement(_ early: EarlyAcknowledgement?) {
        if let waiting = earlyAcknowledgement?.openedAt, let named = early?.openedAt, named < waiting {
            return
        }
        earlyAcknowledgement = early
    }

    private mutating func resolve(_ step: TimelineStep) -> TimelineVerdict {
        if let reference = step.reference, let known = episode?.openedAt,
            // An alarm can begin in the second in which the one before it ended; then its own opening time
            // decides.
            reference < known || (reference == known && step.openedAt ?? known < known)
        {
            newestClear = max(newestClear ?? reference, reference)
            clearedOpening = [clearedOpening, step.openedAt].compactMap(\.self).max()
            return .superseded(.newerAlarmOpen)
        }
        let destinations = episode?.destinations ?? step.destinations
        newestClear = [newestClear, step.reference, episode?.openedAt].compactMap(\.self).max()
        clearedOpening = [clearedOpening, step.openedAt, episode?.openedAt].compactMap(\.self).max()
        episode = nil
        if !isOfLaterAlarm(than: step.reference, opened: step.openedAt) { earlyAcknowledgement = nil }
        return .send(to: destinations, [.resolve])
    }

    /// Whether the key has been cleared since the event of the step.
    ///
    /// The sender's times may have whole seconds, so an alarm can begin in the second in which the one before
    /// it ended: the same moment counts as before, unless the alarm is known to be another one.
    private func isBeforeClear(_ step: TimelineStep) -> Bool {
        guard let reference = step.reference, let newestClear else { return false }
        if reference == newestClear, let openedAt = step.openedAt, let clearedOpening,
            openedAt > clearedOpening
        {
            return false
        }
        return reference <= newestClear
    }

    /// Whether the acknowledgement that waits names an alarm that began after `time`, or at that time and is
    /// not the one that was `opened` before it.
    private func isOfLaterAlarm(than time: WallTime?, opened: WallTime? = nil) -> Bool {
        guard let named = earlyAcknowledgement?.openedAt, let time else { return false }
        return named > time || (named == time && named > opened ?? .distantFuture)
    }

    private func isCertainlyNewer(_ step: TimelineStep, than episode: Episode) -> Bool {
        guard let openedAt = step.opening, let known = episode.openedAt else { return false }
        return openedAt > known
    }

    /// Whether an acknowledgement that came first belongs to the alarm that `step` opens.
    private func isFor(_ step: TimelineStep, _ early: EarlyAcknowledgement) -> Bool {
        if let named = early.openedAt, let openedAt = step.openedAt { return named == openedAt }
        return early.reference >= step.reference ?? .distantFuture
    }
}

/// What an event asks of its incident, before the past is consulted.
package struct TimelineStep: Sendable, Hashable {
    /// What the event's kind stands for.
    package var action: IncidentUpdate.Action
    /// When the alarm began, if the event has that time.
    package var openedAt: WallTime?
    /// The latest time the event carries.
    package var reference: WallTime?
    /// The event's id, if it has one.
    package var eventID: String?
    /// Where the configuration sends it now; none for an event that no route matches.
    package var destinations: [String]

    /// A step.
    package init(
        action: IncidentUpdate.Action, openedAt: WallTime?, reference: WallTime?, eventID: String?,
        destinations: [String]
    ) {
        self.action = action
        self.openedAt = openedAt
        self.reference = reference
        self.eventID = eventID
        self.destinations = destinations
    }

    /// When the alarm began, as far as the event shows it.
    var opening: WallTime? { openedAt ?? reference }
}

/// What the timeline says of an event.
package enum TimelineVerdict: Sendable, Hashable {
    /// These actions are sent; a destination that appears twice gets them in this order.
    case send([DestinationPlan])
    /// It repeats an open alarm; nothing is sent.
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

    static func send(to destinations: [String], _ actions: [IncidentUpdate.Action]) -> TimelineVerdict {
        .send(destinations.map { DestinationPlan(destination: $0, actions: actions) })
    }
}

/// What one destination is sent, in order.
package struct DestinationPlan: Sendable, Hashable {
    /// The destination's name.
    package var destination: String
    /// At least one action.
    package var actions: [IncidentUpdate.Action]

    /// A plan.
    package init(destination: String, actions: [IncidentUpdate.Action]) {
        self.destination = destination
        self.actions = actions
    }
}
