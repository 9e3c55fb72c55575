internal import AdapterKit
internal import GroupCommit
internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// The statements of the journal, run on its thread within the transaction that the journal has begun.
final class StoreWriter: TransactionalStore {
    let connection: SQLiteConnection
    private let quarantineBounds: QuarantineBounds
    /// The destinations there are now; nil for any.
    private let configured: Set<String>?
    private let checkpointer: Checkpointer?
    private let beginStatement, commitStatement: SQLiteStatement
    let ledger: Ledger
    private let insertDelivery, findIncident, insertIncident: SQLiteStatement
    private let updateIncident, findLane, insertJob: SQLiteStatement

    init(
        _ connection: SQLiteConnection, quarantine: QuarantineBounds, destinations: Set<String>?,
        checkpointer: Checkpointer?
    ) throws(StoreError) {
        self.connection = connection
        configured = destinations
        self.checkpointer = checkpointer
        quarantineBounds = quarantine
        beginStatement = try connection.prepare("BEGIN IMMEDIATE")
        commitStatement = try connection.prepare("COMMIT")
        ledger = try Ledger(connection)
        insertDelivery = try connection.prepare(
            """
            INSERT INTO deliveries (delivery_id, kind, received_at, verdict, reason, incident, high, low,
                high2, low2, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """)
        findIncident = try connection.prepare(
            """
            SELECT id, is_open, opened_at, event_id, destinations, newest_clear, early_opened_at, early_reference,
                cleared_opening
            FROM incidents WHERE key = ?1
            """)
        insertIncident = try connection.prepare(
            """
            INSERT INTO incidents (is_open, opened_at, event_id, destinations, newest_clear, cleared_opening,
                early_opened_at, early_reference, changed_at, key)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """)
        updateIncident = try connection.prepare(
            """
            UPDATE incidents SET is_open = ?1, opened_at = ?2, event_id = ?3, destinations = ?4,
                newest_clear = ?5, cleared_opening = ?6, early_opened_at = ?7, early_reference = ?8,
                changed_at = ?9 WHERE id = ?10
            """)
        findLane = try connection.prepare(
            """
            SELECT 1 FROM jobs WHERE incident = ?1 AND destination = ?2 AND finished_at IS NULL
                AND state <> 'dead' LIMIT 1
            """)
        insertJob = try connection.prepare(
            """
            INSERT INTO jobs (id, incident, destination, action, state, due_at)
            VALUES (?1, ?2, ?3, ?4, 'pending', ?5)
            """)
    }

    func begin() throws(StoreError) { try beginStatement.run() }

    func commit() throws(StoreError) {
        try ledger.index()
        try commitStatement.run()
    }

    /// Undoes the transaction.
    ///
    /// The ledger forgets it too, by reading the store anew; should that fail, so will every transaction
    /// until it succeeds.
    func rollBack() {
        connection.rollBack()
        ledger.forgetUncommitted()
    }

    func concernsAll(_ error: StoreError) -> Bool { [.full, .inputOutput, .inUse].contains(error.kind) }

    /// Sees to it that the write-ahead log starts over now and then.
    func betweenTransactions() {
        guard let checkpointer, checkpointer.noteCommit(logPages: connection.logPages) else { return }
        _ = try? connection.checkpoint(truncating: false)  // tried again after the next commit
    }

    // MARK: Accepting

    /// Writes ledger, delivery, timeline and jobs, unless the delivery is known.
    func accept(_ acceptance: Acceptance) throws(StoreError) -> AcceptanceOutcome {
        for identity in acceptance.identities {
            if let known = try ledger.sequence(of: identity) { return .duplicate(sequence: known) }
        }
        let outcome = try plan(acceptance)
        for identity in acceptance.identities { ledger.note(identity, sequence: outcome.sequence) }
        return .accepted(
            sequence: outcome.sequence, verdict: outcome.verdict, reason: outcome.reason, due: outcome.due)
    }

    private struct Planned {
        var sequence: Int
        var verdict: AcceptanceVerdict
        var reason: String?
        var due: [String] = []
    }

    private func plan(_ acceptance: Acceptance) throws(StoreError) -> Planned {
        switch acceptance.content {
        case .step(let key, let step): return try take(step, key, acceptance)
        case .record(let reason):
            let verdict: AcceptanceVerdict = reason == .unrouted ? .unrouted : .noAction
            return Planned(sequence: try insert(acceptance, verdict, reason: nil), verdict: verdict)
        case .deadLetter(let code):
            return Planned(sequence: try insert(acceptance, .deadLetter, reason: code), verdict: .deadLetter)
        }
    }

    private func take(
        _ step: TimelineStep, _ key: IncidentKey, _ acceptance: Acceptance
    ) throws(StoreError) -> Planned {
        let known = try incident(key.text)
        var timeline = known?.timeline ?? IncidentTimeline()
        let before = timeline
        if let episode = timeline.episode {
            timeline.episode?.destinations = stillThere(episode.destinations, else: step.destinations)
        }
        let verdict = timeline.take(step)
        let incident: Int
        if let id = known?.id {
            incident = id
            if timeline != before {
                try write(timeline, with: updateIncident, id, acceptance.receivedAt)
            }
        } else {
            try write(timeline, with: insertIncident, key.text, acceptance.receivedAt)
            incident = connection.lastInsertedRow
        }
        switch verdict {
        case .repeated: return try record(acceptance, .repeated, reason: nil, incident)
        case .superseded(let reason):
            return try record(acceptance, .superseded, reason: reason.rawValue, incident)
        case .send(let plans) where plans.isEmpty && step.destinations.isEmpty:
            return try record(acceptance, .unrouted, reason: nil, incident)
        case .send(let plans):
            return try enqueue(plans, acceptance, incident: incident, isNew: known == nil)
        }
    }

    /// Of the destinations that an alarm was opened at, those the configuration still has; in place of the others the
    /// ones that it names now, which do no harm where the alarm is not known.
    private func stillThere(_ pinned: [String], else now: [String]) -> [String] {
        guard let configured, !configured.isSuperset(of: pinned) else { return pinned }
        let left = pinned.filter(configured.contains)
        return left + now.filter { !left.contains($0) }
    }

    private func record(
        _ acceptance: Acceptance, _ verdict: AcceptanceVerdict, reason: String?, _ incident: Int?
    ) throws(StoreError) -> Planned {
        let sequence = try insert(acceptance, verdict, reason: reason, incident: incident)
        return Planned(sequence: sequence, verdict: verdict, reason: reason)
    }

    private func enqueue(
        _ plans: [DestinationPlan], _ acceptance: Acceptance, incident: Int, isNew: Bool
    ) throws(StoreError) -> Planned {
        let sequence = try insert(acceptance, .planned, reason: nil, incident: incident)
        var planned = Planned(sequence: sequence, verdict: .planned)
        var numbers = JobNumber.all(of: sequence)[...]
        for plan in plans {
            // The configuration bounds the destinations, so the numbers suffice; should they not, this delivery must
            // not take the next one's.
            guard numbers.count >= plan.actions.count else {
                throw StoreError(
                    .overloaded, "One delivery makes more than \(JobNumber.perDeliveryMax) jobs.")
            }
            let lane = Lane(incident: incident, destination: plan.destination, isNew: isNew)
            if try append(plan.actions, to: lane, from: numbers.first ?? 0, acceptance.receivedAt) {
                planned.due.append(plan.destination)
            }
            numbers = numbers.dropFirst(plan.actions.count)
        }
        return planned
    }

    private func insert(
        _ acceptance: Acceptance, _ verdict: AcceptanceVerdict, reason: String?, incident: Int? = nil
    ) throws(StoreError) -> Int {
        let (first, second) = (acceptance.identities[0], acceptance.identities.dropFirst().first)
        try insertDelivery.run(
            acceptance.deliveryID, acceptance.kind, acceptance.receivedAt,
            verdict.rawValue, reason, incident, first.signedHigh,
            first.signedLow, second?.signedHigh, second?.signedLow, acceptance.body)
        return connection.lastInsertedRow
    }

    private struct Lane {
        let incident: Int
        let destination: String
        /// Whether the incident was not known before, so that nothing can be waiting.
        let isNew: Bool
    }

    /// Adds jobs at the end of a lane, numbered from `number`.
    ///
    /// - Returns: Whether the first of them is the first of the lane, and so due at once.
    private func append(
        _ actions: [IncidentUpdate.Action], to lane: Lane, from number: Int, _ now: Int
    ) throws(StoreError) -> Bool {
        let isFirst =
            if lane.isNew { true } else {
                try findLane.firstRow(lane.incident, lane.destination, read: { _ in true }) == nil
            }
        for (index, action) in actions.enumerated() {
            try insertJob.run(
                number + index, lane.incident, lane.destination, action.rawValue,
                isFirst && index == 0 ? now : nil)
        }
        return isFirst
    }

    // MARK: Timelines

    private func incident(_ key: String) throws(StoreError) -> (id: Int, timeline: IncidentTimeline)? {
        try findIncident.firstRow(key) { row in
            var timeline = IncidentTimeline()
            if row.integer(1) == 1 {
                timeline.episode = IncidentTimeline.Episode(
                    openedAt: row.optionalInteger(2), eventID: row.optionalText(3),
                    destinations: row.text(4).split(separator: "\n").map(String.init))
            }
            timeline.newestClear = row.optionalInteger(5)
            timeline.clearedOpening = row.optionalInteger(8)
            timeline.earlyAcknowledgement = row.optionalInteger(7).map {
                .init(openedAt: row.optionalInteger(6), reference: $0)
            }
            return (row.integer(0), timeline)
        }
    }

    private func write(
        _ timeline: IncidentTimeline, with statement: SQLiteStatement, _ identity: some SQLiteBindable,
        _ now: Int
    ) throws(StoreError) {
        try statement.run(
            timeline.episode == nil ? 0 : 1, timeline.episode?.openedAt,
            timeline.episode?.eventID, timeline.episode?.destinations.joined(separator: "\n"),
            timeline.newestClear, timeline.clearedOpening, timeline.earlyAcknowledgement?.openedAt,
            timeline.earlyAcknowledgement?.reference, now, identity)
    }

    // MARK: Quarantine

    private var quarantineMinute = Int.min
    private var quarantinedThisMinute = 0
    /// How many there are, counted anew each minute.
    private var quarantined = 0

    /// Keeps a request within the bounds: noise must neither fill the disk nor push out what is kept already.
    func quarantine(_ capture: QuarantinedRequest) throws(StoreError) -> QuarantineOutcome {
        let minute = capture.receivedAt / 60_000
        if minute != quarantineMinute {
            (quarantineMinute, quarantinedThisMinute) = (minute, 0)
            quarantined = try connection.number("SELECT count(*) FROM quarantine")
        }
        quarantinedThisMinute += 1
        guard quarantinedThisMinute <= quarantineBounds.perMinuteMax, quarantined < quarantineBounds.countMax
        else {
            return .dropped
        }
        quarantined += 1
        try connection.statement(
            "INSERT INTO quarantine (received_at, path, code, header, body) VALUES (?1, ?2, ?3, ?4, ?5)"
        ).run(
            capture.receivedAt, capture.path, capture.code, capture.header,
            capture.body)
        return .kept
    }
}

/// How much of what could not be authenticated is kept.
package struct QuarantineBounds: Sendable, Hashable {
    /// Requests in all; with bodies of at most 1 MiB this bounds the bytes too.
    package var countMax = 1_000
    /// Requests received in one minute.
    package var perMinuteMax = 60

    /// The defaults: 1,000 in all, 60 a minute.
    package init() {}
}
