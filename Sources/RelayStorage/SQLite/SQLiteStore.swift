internal import AdapterKit
internal import GroupCommit
package import OpenSenseWebhooks
package import RelayCore
package import SQLiteClient

/// The journal's operations as statements of SQLite, a batch of them in one transaction.
package final class SQLiteStore: JournalStore {
    package static let waitingMax = 16_384
    package static let batchMax = 1_024

    let connection: SQLiteConnection
    private let quarantineBounds: QuarantineBounds
    /// The destinations there are now; nil for any.
    let configured: Set<String>?
    private let checkpointer: Checkpointer?
    /// Held until the store is closed; nil for a store in memory.
    private var lock: StoreLock?
    private let beginStatement, commitStatement: SQLiteStatement
    let deliveryIndex: DeliveryIndex
    private let insertDelivery, findIncident, insertIncident: SQLiteStatement
    private let updateIncident: SQLiteStatement
    let findLane, insertJob: SQLiteStatement
    var clock = ClockWatch()
    /// The last lane that was looked at for one that stands still.
    var mendedThrough = (incident: -1, destination: "")
    /// How far pruning has come.
    var pruneCursors = PruneCursors()
    /// The newest incident's id; nil until it is asked for.
    private var newestIncident: Int?
    /// Where the file has to be; nil for a store in memory.
    private var file: StoreFile?

    /// The writer for a connection without a thread for checkpoints.
    ///
    /// - Parameter ledgerGeneration: How many keys gather in memory before they begin to go into the table.
    package convenience init(
        _ connection: SQLiteConnection, quarantine: QuarantineBounds, destinations: Set<String>?,
        ledgerGeneration: Int
    ) throws(StoreError) {
        try self.init(
            connection, quarantine: quarantine, destinations: destinations, file: nil,
            ledgerGeneration: ledgerGeneration)
    }

    init(
        _ connection: SQLiteConnection, quarantine: QuarantineBounds, destinations: Set<String>?,
        checkpointer: Checkpointer? = nil, lock: StoreLock? = nil, file: StoreFile? = nil,
        ledgerGeneration: Int = DeliveryIndex.generationSize
    ) throws(StoreError) {
        self.connection = connection
        self.lock = lock
        self.file = file
        configured = destinations
        self.checkpointer = checkpointer
        quarantineBounds = quarantine
        beginStatement = try connection.prepare("BEGIN IMMEDIATE")
        commitStatement = try connection.prepare("COMMIT")
        deliveryIndex = try DeliveryIndex(connection, generationSize: ledgerGeneration)
        insertDelivery = try connection.prepare(
            """
            INSERT INTO deliveries (delivery_id, kind, received_at, verdict, reason, incident, high, low,
                high2, low2, body, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        findIncident = try connection.prepare(
            """
            SELECT id, is_open, opened_at, event_id, destinations, newest_clear, early_opened_at, early_reference,
                cleared_opening, facts
            FROM incidents WHERE key = ?1
            """)
        insertIncident = try connection.prepare(
            """
            INSERT INTO incidents (is_open, opened_at, event_id, destinations, newest_clear, cleared_opening,
                early_opened_at, early_reference, facts, changed_at, id, key)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        updateIncident = try connection.prepare(
            """
            UPDATE incidents SET is_open = ?1, opened_at = ?2, event_id = ?3, destinations = ?4,
                newest_clear = ?5, cleared_opening = ?6, early_opened_at = ?7, early_reference = ?8,
                facts = ?9, changed_at = ?10 WHERE id = ?11
            """)
        findLane = try connection.prepare(
            """
            SELECT id, action, state, attempts, urgency, arrived FROM jobs INDEXED BY jobs_lane
            WHERE incident = ?1 AND destination = ?2 AND finished_at IS NULL AND state <> 'dead' ORDER BY id
            """)
        insertJob = try connection.prepare(
            """
            INSERT INTO jobs (id, incident, destination, action, state, due_at, urgency, origin)
            VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?6, ?7)
            """)
    }

    // MARK: Transactions

    /// Does the operations in the order in which they were given.
    package func run(_ batch: [JournalOperation]) throws(StoreError) -> [JournalResult] {
        file?.watchLog(connection)
        let isPromised = batch.contains(where: \.promisesToKeep)
        if isPromised { try file?.check(connection) }
        do throws(StoreError) {
            var results: [JournalResult] = []
            results.reserveCapacity(batch.count)
            clock.begin()
            connection.forgetCommit()
            try beginStatement.run()
            try deliveryIndex.begin()
            for operation in batch { results.append(try run(operation)) }
            try deliveryIndex.index()  // some of the ledger's keys
            try commitStatement.run()
            clock.commit()
            deliveryIndex.commit()
            // Once more: what is answered must be where it will be looked for.
            if isPromised { try file?.check(connection) }
            return results
        } catch {
            connection.rollBack()
            deliveryIndex.forgetUncommitted()
            (pruneCursors, newestIncident) = (PruneCursors(), nil)
            throw error
        }
    }

    /// Whether the disk failed, or another process holds the store.
    ///
    /// Where its file is gone, what was accepted can be sent all the same.
    package func concernsAll(_ error: StoreError) -> Bool {
        [.full, .inputOutput, .inUse].contains(error.kind)
    }

    /// Copies the rest of the write-ahead log when it is long, so that it starts over.
    package func betweenTransactions() {
        // A database that was cut must not be filled from the log: it would seem to be whole.
        guard let checkpointer, file?.isCut != true, connection.logPages > 0,
            checkpointer.noteCommit(logPages: connection.logPages)
        else { return }
        _ = try? connection.checkpoint(truncating: false)  // tried again after the next commit
    }

    /// Empties the write-ahead log, and lets another relay have the store.
    package func close() {
        checkpointer?.stop()
        lock = nil
    }

    // MARK: Accepting

    /// Writes ledger, delivery, timeline and jobs, unless the delivery is known.
    func accept(_ acceptance: Acceptance) throws(StoreError) -> AcceptanceOutcome {
        clock.note(acceptance.receivedAt)
        var hasReusedID = false
        for identity in acceptance.identities {
            guard let known = try deliveryIndex.sequence(of: identity) else { continue }
            if try isRepetition(acceptance, of: known) { return .duplicate(sequence: known) }
            hasReusedID = true
        }
        return hasReusedID
            ? try acceptWithReusedID(acceptance) : try acceptNew(acceptance, hasReusedID: false)
    }

    /// Accepts another event that came with the id of a delivery that is known.
    private func acceptWithReusedID(_ given: Acceptance) throws(StoreError) -> AcceptanceOutcome {
        var acceptance = given
        acceptance.identities = [given.identityOfEvent]
        if let known = try deliveryIndex.sequence(of: given.identityOfEvent) {
            return .duplicate(sequence: known)
        }
        return try acceptNew(acceptance, hasReusedID: true)
    }

    /// Whether a delivery repeats one whose id it has.
    private func isRepetition(_ acceptance: Acceptance, of sequence: Int) throws(StoreError) -> Bool {
        let known = try connection.statement("SELECT body FROM deliveries WHERE sequence = ?1")
            .firstRow(sequence) { $0.blob(0) }
        // One that was forgotten already is known by its id alone.
        return known.map { acceptance.repeats($0) } ?? true
    }

    private func acceptNew(
        _ acceptance: Acceptance, hasReusedID: Bool
    ) throws(StoreError) -> AcceptanceOutcome {
        let now = acceptance.receivedAt
        var (incident, known): (Int?, IncidentTimeline?) = (nil, nil)
        let key = acceptance.incidentKey
        if let key, let row = try self.incident(key.text) { (incident, known) = (row.id, row.timeline) }
        if acceptance.mayConcernOther(than: known), let other = acceptance.keyWithoutAccount,
            let row = try self.incident(other.text), row.timeline.episode != nil
        {
            (incident, known) = (row.id, row.timeline)
        }
        let isEventKnown = try acceptance.eventKey.flatMap(deliveryIndex.sequence) != nil
        let plan = try AcceptancePlan(acceptance, known: known, isEventKnown: isEventKnown)
        let isNew = incident == nil
        if let incident {
            if let timeline = plan.timeline {
                try write(timeline, with: updateIncident, now, incident)
            } else if let known, known.episode == nil {
                try mention(incident, known, at: now)
            }
        } else if let key {
            let fresh = try newIncident()
            try write(plan.timeline ?? IncidentTimeline(), with: insertIncident, now, fresh, key.text)
            incident = fresh
        }
        let reason = plan.reason ?? (hasReusedID ? Acceptance.reusedID : nil)
        let keys = acceptance.ledgerKeys(isEventKnown: isEventKnown)
        let sequence = try insertDelivery(
            of: acceptance, keys: keys, plan: plan, reason: reason, incident: incident)
        for identity in keys { deliveryIndex.add(identity, sequence: sequence) }
        var due: [String] = []
        if let incident {
            due = try enqueue(
                plan.lanes, acceptance.policy, from: sequence, incident: incident, isNew: isNew, now: now)
        }
        return .accepted(
            sequence: sequence, verdict: plan.verdict, reason: reason,
            due: due.filter { configured?.contains($0) ?? true })
    }

    private func insertDelivery(
        of acceptance: Acceptance, keys: [DeliveryKey], plan: AcceptancePlan, reason: String?, incident: Int?
    ) throws(StoreError) -> Int {
        let (first, second) = (keys[0], keys.dropFirst().first)
        try insertDelivery.run(
            acceptance.deliveryID, acceptance.kind, acceptance.receivedAt,
            DeliveryState(plan.verdict).rawValue, reason, incident, first.signedHigh,
            first.signedLow, second?.signedHigh, second?.signedLow, acceptance.body, plan.note)
        return connection.lastInsertedRow
    }

    // MARK: The clock

    /// Makes due what waits for a time that was planned by a clock that was ahead.
    ///
    /// A lease is left to its holder for as long as any lease may last.
    func makeDue(at now: WallTime) throws(StoreError) {
        try connection.statement(
            """
            UPDATE jobs SET due_at = CASE state WHEN 'leased' THEN min(due_at, ?2) ELSE ?1 END WHERE due_at > ?1
            """
        ).run(now, now.adding(milliseconds: StoreLimits.leaseMax))
    }

    // MARK: Timelines

    func incident(_ key: String) throws(StoreError) -> (id: Int, timeline: IncidentTimeline)? {
        try findIncident.firstRow(key) { row in
            var timeline = IncidentTimeline()
            if row.integer(1) == 1 {
                timeline.episode = IncidentTimeline.Episode(
                    openedAt: row.wallTime(2), eventID: row.optionalText(3),
                    destinations: row.text(4).split(separator: "\n").map(String.init))
            }
            timeline.newestClear = row.wallTime(5)
            timeline.clearedOpening = row.wallTime(8)
            timeline.earlyAcknowledgement = row.wallTime(7).map {
                .init(openedAt: row.wallTime(6), reference: $0)
            }
            TimelineFacts.add(row.optionalText(9), to: &timeline)
            return (row.integer(0), timeline)
        }
    }

    /// Writes the timeline of an incident that is known.
    func write(_ timeline: IncidentTimeline, of incident: Int, at now: WallTime) throws(StoreError) {
        try write(timeline, with: updateIncident, now, incident)
    }

    /// An id that no incident has had.
    ///
    /// Pruning keeps the newest incident; an older version did not, and may have left jobs of one that is
    /// gone.
    private func newIncident() throws(StoreError) -> Int {
        var newest = newestIncident ?? 0
        if newestIncident == nil {
            newest = try connection.number(
                """
                SELECT max(coalesce((SELECT max(id) FROM incidents), 0),
                    coalesce((SELECT max(incident) FROM jobs), 0))
                """)
        }
        newestIncident = newest + 1
        return newest + 1
    }

    /// Notes that a delivery names a closed incident that it does not change: its row is kept as long as the
    /// delivery.
    private func mention(_ incident: Int, _ timeline: IncidentTimeline, at now: WallTime) throws(StoreError) {
        try connection.statement("UPDATE incidents SET facts = ?1 WHERE id = ?2")
            .run(TimelineFacts.text(timeline, mentionedAt: now), incident)
    }

    private func write<each Identity: SQLiteBindable>(
        _ timeline: IncidentTimeline, with statement: SQLiteStatement, _ now: WallTime,
        _ identity: repeat each Identity
    ) throws(StoreError) {
        try statement.run(
            timeline.episode == nil ? 0 : 1, timeline.episode?.openedAt,
            timeline.episode?.eventID, timeline.episode?.destinations.joined(separator: "\n"),
            timeline.newestClear, timeline.clearedOpening, timeline.earlyAcknowledgement?.openedAt,
            timeline.earlyAcknowledgement?.reference, TimelineFacts.text(timeline), now, repeat each identity)
    }

    // MARK: Quarantine

    private var quarantineMinute = Int.min
    private var quarantinedThisMinute = 0
    /// How many there are, counted anew each minute.
    private var quarantined = 0

    /// Keeps a request within the bounds: noise must neither fill the disk nor push out what is kept already.
    func quarantine(_ capture: QuarantinedRequest) throws(StoreError) -> QuarantineOutcome {
        let minute = capture.receivedAt.unixSeconds / 60
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
        // A number is never given twice: a relay that settles it late must not mean another request.
        try connection.statement(
            """
            INSERT INTO quarantine (id, received_at, path, code, header, body)
            SELECT 1 + max(coalesce((SELECT max(id) FROM quarantine), 0),
                coalesce((SELECT sequence FROM marks WHERE name = 'quarantine'), 0)), ?1, ?2, ?3, ?4, ?5
            """
        ).run(
            capture.receivedAt, capture.path, capture.code, capture.header,
            capture.body)
        try connection.statement(
            "INSERT INTO marks (name, sequence) VALUES ('quarantine', ?1) ON CONFLICT DO UPDATE SET sequence = excluded.sequence"
        ).run(connection.lastInsertedRow)
        return .kept
    }
}
