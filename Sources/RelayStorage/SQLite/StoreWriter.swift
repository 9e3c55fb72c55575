internal import AdapterKit
internal import RelayCore

/// The statements of the journal, run on its thread within the transaction that the journal has begun.
final class StoreWriter: @unchecked Sendable {  // used by the journal's thread alone once that runs
    let connection: SQLiteConnection
    private let quarantineBounds: QuarantineBounds
    private let beginStatement, commitStatement: SQLiteStatement
    let ledger: Ledger
    private let insertDelivery, findIncident, insertIncident: SQLiteStatement
    private let updateIncident, findLane, insertJob: SQLiteStatement

    init(_ connection: SQLiteConnection, quarantine: QuarantineBounds) throws(JournalError) {
        self.connection = connection
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
            SELECT id, is_open, opened_at, event_id, destinations, newest_clear, early_opened_at, early_reference
            FROM incidents WHERE key = ?1
            """)
        insertIncident = try connection.prepare(
            """
            INSERT INTO incidents (is_open, opened_at, event_id, destinations, newest_clear, early_opened_at,
                early_reference, changed_at, key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
        updateIncident = try connection.prepare(
            """
            UPDATE incidents SET is_open = ?1, opened_at = ?2, event_id = ?3, destinations = ?4,
                newest_clear = ?5, early_opened_at = ?6, early_reference = ?7, changed_at = ?8 WHERE id = ?9
            """)
        findLane = try connection.prepare(
            """
            SELECT 1 FROM jobs WHERE incident = ?1 AND destination = ?2 AND finished_at IS NULL LIMIT 1
            """)
        insertJob = try connection.prepare(
            """
            INSERT INTO jobs (id, incident, destination, action, state, due_at)
            VALUES (?1, ?2, ?3, ?4, 'pending', ?5)
            """)
    }

    func begin() throws(JournalError) { try beginStatement.run() }

    func commit() throws(JournalError) {
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

    /// Between two transactions: sees to it that the write-ahead log starts over now and then.
    func keepLogShort(with checkpointer: Checkpointer?) {
        guard let checkpointer, checkpointer.noteCommit(logPages: connection.logPages) else { return }
        _ = try? connection.checkpoint(truncating: false)  // tried again after the next commit
    }

    // MARK: Accepting

    /// Writes ledger, delivery, timeline and jobs, unless the delivery is known.
    func accept(_ acceptance: Acceptance) throws(JournalError) -> AcceptanceOutcome {
        for identity in acceptance.identities {
            if let known = try ledger.sequence(of: identity) { return .duplicate(sequence: known) }
        }
        let outcome = try plan(acceptance)
        for identity in acceptance.identities { ledger.note(identity, sequence: outcome.sequence) }
        return .accepted(sequence: outcome.sequence, verdict: outcome.verdict, due: outcome.due)
    }

    private struct Planned {
        var sequence: Int
        var verdict: AcceptanceVerdict
        var due: [String] = []
    }

    private func plan(_ acceptance: Acceptance) throws(JournalError) -> Planned {
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
    ) throws(JournalError) -> Planned {
        let known = try incident(key.text)
        var timeline = known?.timeline ?? IncidentTimeline()
        let before = timeline
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
        case .repeated:
            let sequence = try insert(acceptance, .repeated, reason: nil, incident: incident)
            return Planned(sequence: sequence, verdict: .repeated)
        case .superseded(let reason):
            let sequence = try insert(acceptance, .superseded, reason: reason.rawValue, incident: incident)
            return Planned(sequence: sequence, verdict: .superseded)
        case .send(let actions, let destinations):
            let sequence = try insert(acceptance, .planned, reason: nil, incident: incident)
            var planned = Planned(sequence: sequence, verdict: .planned)
            var job = JobNumber.first(of: sequence)
            for destination in destinations {
                let lane = Lane(incident: incident, destination: destination, isNew: known == nil)
                if try append(actions, to: lane, from: job, acceptance.receivedAt) {
                    planned.due.append(destination)
                }
                job += actions.count
            }
            return planned
        }
    }

    private func insert(
        _ acceptance: Acceptance, _ verdict: AcceptanceVerdict, reason: String?, incident: Int? = nil
    ) throws(JournalError) -> Int {
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
    ) throws(JournalError) -> Bool {
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

    private func incident(_ key: String) throws(JournalError) -> (id: Int, timeline: IncidentTimeline)? {
        try findIncident.firstRow(key) { row in
            var timeline = IncidentTimeline()
            if row.integer(1) == 1 {
                timeline.episode = IncidentTimeline.Episode(
                    openedAt: row.optionalInteger(2), eventID: row.optionalText(3),
                    destinations: row.text(4).split(separator: "\n").map(String.init))
            }
            timeline.newestClear = row.optionalInteger(5)
            timeline.earlyAcknowledgement = row.optionalInteger(7).map {
                .init(openedAt: row.optionalInteger(6), reference: $0)
            }
            return (row.integer(0), timeline)
        }
    }

    private func write(
        _ timeline: IncidentTimeline, with statement: SQLiteStatement, _ identity: some SQLiteBindable,
        _ now: Int
    ) throws(JournalError) {
        try statement.run(
            timeline.episode == nil ? 0 : 1, timeline.episode?.openedAt,
            timeline.episode?.eventID, timeline.episode?.destinations.joined(separator: "\n"),
            timeline.newestClear, timeline.earlyAcknowledgement?.openedAt,
            timeline.earlyAcknowledgement?.reference, now, identity)
    }

    // MARK: Quarantine

    private var quarantineMinute = 0
    private var quarantinedThisMinute = 0

    /// Keeps a request within the bounds: noise must neither fill the disk nor push out what is kept already.
    func quarantine(_ capture: QuarantinedRequest) throws(JournalError) -> QuarantineOutcome {
        let minute = capture.receivedAt / 60_000
        if minute != quarantineMinute { (quarantineMinute, quarantinedThisMinute) = (minute, 0) }
        guard quarantinedThisMinute < quarantineBounds.perMinuteMax else { return .dropped }
        let count = try connection.number("SELECT count(*) FROM quarantine")
        guard count < quarantineBounds.countMax else { return .dropped }
        quarantinedThisMinute += 1
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
