internal import AdapterKit
internal import RelayCore

/// The statements of the journal, run on its thread within the transaction that the journal has begun.
final class StoreWriter: @unchecked Sendable {  // used by the journal's thread alone once that runs
    let connection: SQLiteConnection
    private let quarantineBounds: QuarantineBounds
    private let beginStatement, commitStatement: SQLiteStatement
    private let findLedger, insertLedger, insertDelivery, findIncident, insertIncident: SQLiteStatement
    private let updateIncident, findLane, insertJob: SQLiteStatement

    init(_ connection: SQLiteConnection, quarantine: QuarantineBounds) throws(JournalError) {
        self.connection = connection
        quarantineBounds = quarantine
        beginStatement = try connection.prepare("BEGIN IMMEDIATE")
        commitStatement = try connection.prepare("COMMIT")
        findLedger = try connection.prepare("SELECT sequence FROM ledger WHERE high = ?1 AND low = ?2")
        insertLedger = try connection.prepare("INSERT INTO ledger (high, low, sequence) VALUES (?1, ?2, ?3)")
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
            INSERT INTO jobs (sequence, incident, destination, action, state, due_at)
            VALUES (?1, ?2, ?3, ?4, 'pending', ?5)
            """)
    }

    func begin() throws(JournalError) { try beginStatement.run() }

    func commit() throws(JournalError) { try commitStatement.run() }

    func rollBack() { connection.rollBack() }

    // MARK: Accepting

    /// Writes ledger, delivery, timeline and jobs, unless the delivery is known.
    func accept(_ acceptance: Acceptance) throws(JournalError) -> AcceptanceOutcome {
        for identity in acceptance.identities {
            if let known = try findLedger.firstRow(
                identity.highValue, identity.lowValue, read: { $0.integer(0) })
            {
                return .duplicate(sequence: known)
            }
        }
        let outcome = try plan(acceptance)
        for identity in acceptance.identities {
            try insertLedger.run(identity.highValue, identity.lowValue, .integer(outcome.sequence))
        }
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
                try write(timeline, with: updateIncident, .integer(id), acceptance.receivedAt)
            }
        } else {
            try write(timeline, with: insertIncident, .text(key.text), acceptance.receivedAt)
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
            for destination in destinations {
                let isNew = known == nil
                if try append(actions, sequence, incident, destination, isNew: isNew, acceptance.receivedAt) {
                    planned.due.append(destination)
                }
            }
            return planned
        }
    }

    private func insert(
        _ acceptance: Acceptance, _ verdict: AcceptanceVerdict, reason: String?, incident: Int? = nil
    ) throws(JournalError) -> Int {
        let (first, second) = (acceptance.identities[0], acceptance.identities.dropFirst().first)
        try insertDelivery.run(
            .text(acceptance.deliveryID), .text(acceptance.kind), .integer(acceptance.receivedAt),
            .text(verdict.rawValue), .text(reason), .integer(incident), first.highValue,
            first.lowValue, second?.highValue ?? nil, second?.lowValue ?? nil, .blob(acceptance.body))
        return connection.lastInsertedRow
    }

    /// Adds jobs at the end of a lane.
    ///
    /// - Returns: Whether the first of them is the first of the lane, and so due at once.
    private func append(
        _ actions: [IncidentUpdate.Action], _ sequence: Int, _ incident: Int, _ destination: String, isNew: Bool,
        _ now: Int
    ) throws(JournalError) -> Bool {
        var isFirst = isNew
        if !isNew {
            isFirst = try findLane.firstRow(.integer(incident), .text(destination), read: { _ in true }) == nil
        }
        for (index, action) in actions.enumerated() {
            try insertJob.run(
                .integer(sequence), .integer(incident), .text(destination), .text(action.rawValue),
                .integer(isFirst && index == 0 ? now : nil))
        }
        return isFirst
    }

    // MARK: Timelines

    private func incident(_ key: String) throws(JournalError) -> (id: Int, timeline: IncidentTimeline)? {
        try findIncident.firstRow(.text(key)) { row in
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
        _ timeline: IncidentTimeline, with statement: SQLiteStatement, _ identity: SQLiteValue, _ now: Int
    ) throws(JournalError) {
        try statement.run(
            timeline.episode == nil ? 0 : 1, .integer(timeline.episode?.openedAt),
            .text(timeline.episode?.eventID), .text(timeline.episode?.destinations.joined(separator: "\n")),
            .integer(timeline.newestClear), .integer(timeline.earlyAcknowledgement?.openedAt),
            .integer(timeline.earlyAcknowledgement?.reference), .integer(now), identity)
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
            .integer(capture.receivedAt), .text(capture.path), .text(capture.code), .text(capture.header),
            .blob(capture.body))
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

extension DeliveryIdentity {
    /// SQLite's integers are signed: the same bits.
    fileprivate var highValue: SQLiteValue { .integer(Int(Int64(bitPattern: high))) }
    fileprivate var lowValue: SQLiteValue { .integer(Int(Int64(bitPattern: low))) }
}
