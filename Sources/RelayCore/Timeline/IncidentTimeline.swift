internal import AdapterKit

/// What is known of one incident key: the alarm that is open, those before it, and the newest clear.
///
/// Deliveries come out of order: a clear overtakes its open when the open's first attempt failed, and a late
/// clear can meet a newer alarm. Two times decide, both the sender's own: when the alarm was opened, which
/// distinguishes the episodes of a key, and the event's reference time, the latest it carries. Where an event
/// carries none, the order of acceptance decides.
package struct IncidentTimeline: Sendable, Hashable {
    /// The most openings that are remembered.
    package static let openingsMax = 32

    /// One span from open to clear.
    package struct Episode: Sendable, Hashable {
        /// What distinguishes the alarm: when it began by the sender's word, also when that is in the future.
        package var moment: WallTime?
        /// When the alarm began in the order of events, if the event has that time; else its reference time.
        package var openedAt: WallTime?
        /// The event that opened it, if it had an id.
        package var eventID: String?
        /// Where its updates go.
        ///
        /// Pinned, because a vendor matches a resolve only to the credentials that the trigger came with.
        package var destinations: [String]
        /// Where it was to be opened and never was, because another destination stands in there.
        package var takenOver: [String] = []
        /// How bad it was when the vendors last heard of it, in the sender's word; nil for the default.
        package var severity: String?
        /// The worst it has been.
        package var worstSeverity: String?
        /// The value that the vendors last heard of, for people.
        package var value: String?
        /// The latest reference time of its opens.
        package var newestOpen: WallTime?
        /// When it was acknowledged; nil again once it has paged after that.
        package var acknowledgedAt: WallTime?

        /// An episode.
        package init(
            moment: WallTime? = nil, openedAt: WallTime?, eventID: String?, destinations: [String]
        ) {
            self.moment = moment ?? openedAt
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
    /// The moments of the alarms before it, the oldest first.
    package var openings: [WallTime] = []
    /// The latest moment at which the key is known to have been clear.
    package var newestClear: WallTime?
    /// When the alarm began that the newest clear ended, if that is known.
    package var clearedOpening: WallTime?
    /// An acknowledgement that waits for its open.
    package var earlyAcknowledgement: EarlyAcknowledgement?

    /// A key of which nothing is known.
    package init() {}

    /// A destination never got the open alarm, and another one has it: the end is not sent there.
    package mutating func takeOver(from destination: String) {
        episode?.destinations.removeAll { $0 == destination }
        episode?.takenOver.append(destination)
    }

    /// Updates the timeline by one event and returns what is to be sent.
    package mutating func apply(
        _ step: TimelineStep, _ policy: AcceptancePolicy = .usual
    ) -> TimelineVerdict {
        switch step.action {
        case .open: open(step, policy)
        case .acknowledge: acknowledge(step)
        case .resolve: resolve(step)
        case .update, .annotate, .refresh: .send(to: step.destinations, [step.action])
        }
    }

    // MARK: Opens

    private mutating func open(_ step: TimelineStep, _ policy: AcceptancePolicy) -> TimelineVerdict {
        if let episode {
            if isSameAlarm(step, episode) { return again(step, episode, policy) }
            if let moment = step.identity, let known = episode.moment, moment < known {
                return .superseded(.newerAlarmOpen)
            }
        }
        if isBeforeClear(step) || isOver(step) { return .superseded(.clearedSince) }
        return begin(step)
    }

    /// An open that names no beginning belongs to the alarm that is open; one that names a beginning, where
    /// the open alarm has none, may be a new alarm, and is taken for one.
    private func isSameAlarm(_ step: TimelineStep, _ episode: Episode) -> Bool {
        if let id = step.eventID, id == episode.eventID { return true }
        guard let moment = step.identity else { return true }
        return episode.moment.map { moment.isSame(as: $0) } ?? false
    }

    /// Whether an open is of an alarm that has ended, which a time in the sender's future cannot show.
    private func isOver(_ step: TimelineStep) -> Bool {
        guard let moment = step.moment, openings.contains(moment) else { return false }
        // One that has begun again since has a time that says so.
        return !step.namesOpening
    }

    /// A new alarm.
    private mutating func begin(_ step: TimelineStep) -> TimelineVerdict {
        // One that the alarm has begun again after says nothing of it.
        let early = earlyAcknowledgement.flatMap { early in
            isFor(step, early)
                && !(step.namesOpening && early.reference.isBefore(step.reference ?? early.reference))
                ? early : nil
        }
        let before = episode
        if let moment = before?.moment { remember(moment) }
        var new = Episode(
            moment: step.identity, openedAt: step.opening, eventID: step.eventID,
            destinations: step.destinations)
        (new.severity, new.worstSeverity, new.value) = (step.severity, step.severity, step.value)
        (new.newestOpen, new.acknowledgedAt) = (step.reference, early?.reference)
        episode = new
        if early != nil || !isOfLaterAlarm(than: step.opening) { earlyAcknowledgement = nil }
        // The clear of the alarm before was lost or is late. Its incident is closed first: a vendor folds a
        // second open into an incident that is open, and would not page for the new alarm.
        var plans = (before?.destinations ?? []).map {
            DestinationPlan(destination: $0, actions: [.resolve])
        }
        for name in step.destinations {
            plans.append(
                DestinationPlan(destination: name, actions: early != nil ? [.open, .acknowledge] : [.open]))
        }
        return .send(plans, note: step.opening.flatMap { repetitions(at: $0) })
    }

    /// The open alarm once more: worse, better, begun again, or sent to more destinations than before.
    private mutating func again(
        _ step: TimelineStep, _ known: Episode, _ policy: AcceptancePolicy
    ) -> TimelineVerdict {
        let severities = policy.severities
        let told = severities.rank(known.severity)
        let rank = step.severity.map { severities.rank($0) } ?? told
        let isWorse = rank > severities.rank(known.worstSeverity)
        let isReopened = isAfterAcknowledgement(step, known)
        // What an attempt that was late says of an alarm is not how it is now.
        let isStale = step.reference.map { $0.isBefore(known.newestOpen ?? $0) } ?? false
        var plans: [DestinationPlan] = []
        for name in known.destinations {
            let destination = policy.destination(name)
            var actions: [IncidentUpdate.Action] = []
            if isReopened, destination.onReopened == .page {
                actions = destination.pageAgain
            } else if isWorse {
                actions = destination.worse
            } else if rank != told, !isStale, destination.onWorse != .ignore {
                actions = [.update]
            }
            if !actions.isEmpty { plans.append(DestinationPlan(destination: name, actions: actions)) }
        }
        var episode = known
        if isWorse || rank == told || isReopened {
            for name in step.destinations
            where !known.destinations.contains(name) && !known.takenOver.contains(name) {
                episode.destinations.append(name)
                plans.append(DestinationPlan(destination: name, actions: [.open]))
            }
        }
        let change = rank == told ? nil : step.change(from: known, severities)
        note(step, in: &episode, isWorse: isWorse, isStale: isStale)
        if isReopened || isWorse { episode.acknowledgedAt = nil }
        self.episode = episode
        let notes = [change, isReopened ? "begun again after it was acknowledged" : nil].compactMap(\.self)
        return plans.isEmpty
            ? .repeated : .send(plans, note: notes.isEmpty ? nil : notes.joined(separator: "; "))
    }

    private func note(_ step: TimelineStep, in episode: inout Episode, isWorse: Bool, isStale: Bool) {
        if episode.moment == nil, let moment = step.identity {
            (episode.moment, episode.openedAt) = (moment, step.opening)
        }
        if let reference = step.reference {
            episode.newestOpen = max(episode.newestOpen ?? reference, reference)
        }
        guard isWorse || !isStale, let severity = step.severity else { return }
        (episode.severity, episode.value) = (severity, step.value)
        if isWorse { episode.worstSeverity = severity }
    }

    private func isAfterAcknowledgement(_ step: TimelineStep, _ episode: Episode) -> Bool {
        guard let reference = step.reference, let acknowledged = episode.acknowledgedAt else { return false }
        // When the alarm began is no news, also where it is cut to a later moment each time.
        if let moment = step.moment, let known = episode.moment, moment.isSame(as: known), !step.namesOpening
        {
            return false
        }
        return acknowledged.isBefore(reference)
    }

    // MARK: Acknowledgements

    private mutating func acknowledge(_ step: TimelineStep) -> TimelineVerdict {
        if isBeforeClear(step) { return .superseded(.clearedSince) }
        let early = step.reference.map { EarlyAcknowledgement(openedAt: step.moment, reference: $0) }
        guard let episode else {
            storeEarlyAcknowledgement(early)
            return .send(to: step.destinations, [.acknowledge])
        }
        if let named = step.moment, let known = episode.moment, !named.isSame(as: known) {
            if named < known { return .superseded(.newerAlarmOpen) }
            // Of an alarm that has not come yet; or of this one, by a sender that writes each event's own
            // time there. In either case a person is working on this sensor.
            storeEarlyAcknowledgement(early)
        }
        if let reference = step.reference, let newest = episode.newestOpen, reference.isBefore(newest) {
            return .superseded(.reopenedSince)
        }
        // One that does not say when is of the newest open there is: what comes after that is news.
        if let reference = step.reference ?? episode.newestOpen {
            self.episode?.acknowledgedAt = max(episode.acknowledgedAt ?? reference, reference)
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

    /// Whether the acknowledgement that waits names an alarm that began after `time`, or at that time and is
    /// not the one that was `opened` before it.
    private func isOfLaterAlarm(than time: WallTime?, opened: WallTime? = nil) -> Bool {
        guard let named = earlyAcknowledgement?.openedAt, let time else { return false }
        return named > time || (named == time && named > opened ?? .distantFuture)
    }

    /// Whether an acknowledgement that came first belongs to the alarm that `step` opens.
    private func isFor(_ step: TimelineStep, _ early: EarlyAcknowledgement) -> Bool {
        if let named = early.openedAt, let moment = step.moment { return named.isSame(as: moment) }
        return early.reference >= step.reference ?? .distantFuture
    }

    // MARK: Clears

    private mutating func resolve(_ step: TimelineStep) -> TimelineVerdict {
        if let reason = reasonToStayOpen(step) {
            noteClear(of: step)
            return .superseded(reason)
        }
        let destinations = episode?.destinations ?? step.destinations
        newestClear = [newestClear, step.reference, episode?.openedAt].compactMap(\.self).max()
        // Of a clear that has one time alone it is not known whose that is: what it ended is the alarm that
        // was open.
        let named = step.namesOpening || episode?.openedAt == nil ? step.openedAt : nil
        clearedOpening = [clearedOpening, named, episode?.openedAt].compactMap(\.self).max()
        let ended = episode.map(\.moment) ?? step.moment
        if let ended { remember(ended) }
        episode = nil
        if !isOfLaterAlarm(than: step.reference, opened: step.moment) { earlyAcknowledgement = nil }
        return .send(to: destinations, [.resolve])
    }

    /// Why a clear ends nothing: it is of an alarm before the open one, or older than that began.
    private func reasonToStayOpen(_ step: TimelineStep) -> TimelineVerdict.Reason? {
        if let named = step.moment, isOfEarlierAlarm(named, step) {
            return episode == nil ? .clearedSince : .newerAlarmOpen
        }
        guard let reference = step.reference, let episode, let known = episode.openedAt else { return nil }
        if reference.isBefore(known) { return .newerAlarmOpen }
        // The alarm has begun again since, and the clear comes late; unless it has no time but the alarm's.
        let hasOwnTime = step.namesOpening || step.moment.map { !$0.isSame(as: episode.moment ?? $0) } ?? true
        if let newest = episode.newestOpen, hasOwnTime, reference.isBefore(newest) { return .reopenedSince }
        return nil
    }

    /// Whether a clear that names the opening `named` is of an alarm before the open one, or before the last
    /// one where none is open.
    private func isOfEarlierAlarm(_ named: WallTime, _ step: TimelineStep) -> Bool {
        guard let episode else { return openings.dropLast().contains { $0.isSame(as: named) } }
        guard let known = episode.moment, named.isBefore(known) else { return false }
        return step.namesOpening || openings.contains { $0.isSame(as: named) }
    }

    /// Remembers the clear of an earlier alarm, which says nothing of the one that is open.
    private mutating func noteClear(of step: TimelineStep) {
        guard let reference = step.reference, let known = episode?.openedAt else { return }
        let time = min(reference, known.adding(milliseconds: -1))
        newestClear = max(newestClear ?? time, time)
        clearedOpening = [clearedOpening, step.openedAt].compactMap(\.self).max()
    }

    private mutating func remember(_ moment: WallTime) {
        openings.removeAll { $0 == moment }
        openings.append(moment)
        if openings.count > Self.openingsMax { openings.removeFirst(openings.count - Self.openingsMax) }
    }

    /// Whether the key has been cleared since the event of the step.
    ///
    /// The sender's times may have whole seconds, so an alarm can begin in the second in which the one before
    /// it ended. Then an open counts as before only when its alarm is known to be no later than the one that
    /// was cleared, and an acknowledgement unless it is known to be of a later one.
    private func isBeforeClear(_ step: TimelineStep) -> Bool {
        guard let reference = step.reference, let newestClear else { return false }
        guard reference.isSame(as: newestClear) else { return reference < newestClear }
        // Cut to the second in which they were signed, times of the sender's future say nothing.
        if let moment = step.moment, moment != step.openedAt {
            return openings.contains { $0.isSame(as: moment) }
        }
        guard let openedAt = step.openedAt, let clearedOpening else { return step.action != .open }
        guard openedAt != clearedOpening else { return true }
        return step.action == .open ? openedAt.isBefore(clearedOpening) : openedAt <= clearedOpening
    }
}
