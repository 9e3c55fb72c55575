internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// What a batch has decided and is about to write: a statement for each kind of change, however many there
/// are.
struct PostgreSQLChanges {
    /// A delivery to add.
    struct NewDelivery {
        let sequence: Int
        let acceptance: Acceptance
        /// What the ledger knows it by: one or two.
        let keys: [DeliveryKey]
        let plan: AcceptancePlan
        let reason: String?
        let incident: Int?
        let receivedAt: WallTime
    }

    /// A job to add.
    struct NewJob {
        let id: Int
        let lane: PostgreSQLBatch.LaneKey
        let action: IncidentUpdate.Action
        let urgency: Urgency
        var due: WallTime?
        var origin: Int?
    }

    /// What became of a job that was tried.
    struct Ending {
        let job: Int
        let state: JobState
        let due: WallTime?
        let reason: String?
        let finished: WallTime?
        let hasArrived: Bool
    }

    /// Incidents that are new or not as they were, and when.
    private var incidents: [Int: (incident: PostgreSQLBatch.Incident, at: WallTime)] = [:]
    /// Closed incidents that a delivery names and does not change, and when.
    private(set) var mentions: [Int: (incident: PostgreSQLBatch.Incident, at: WallTime)] = [:]
    private var deliveries: [NewDelivery] = []
    private var newJobs: [NewJob] = []
    private var newJobIndices: [Int: Int] = [:]
    private var endings: [Ending] = []
    /// Jobs that are not sent any more, and how they end.
    private(set) var leftOut: [(job: Int, state: JobState, at: WallTime)] = []
    /// Jobs that are more or less urgent than they were.
    private(set) var urgencies: [Int: Urgency] = [:]
    /// Jobs that are due at this time at the latest, if they wait for one.
    private(set) var hastened: [Int: WallTime] = [:]
    /// Where incidents were opened; nil to forget it.
    private(set) var pins: [PostgreSQLBatch.LaneKey: String?] = [:]
    /// Jobs that no longer hold their lanes.
    private var released: [Int] = []
    /// Jobs that are due, and since when.
    private var promoted: [(job: Int, due: WallTime)] = []
    /// Leases by job, and until when they hold.
    private var renewed: [Int: WallTime] = [:]
    /// Jobs that are given back, and since when they are due.
    private var givenBack: [Int: WallTime] = [:]
    /// How far adapters have come with jobs.
    private var progress: [Int: String] = [:]
    private(set) var attempts: [Int: (exchange: Exchange, at: WallTime)] = [:]
    /// What is kept for lanes, nil to forget it.
    private(set) var episodeStates: [PostgreSQLBatch.LaneKey: String?] = [:]

    // MARK: Gathering

    mutating func save(_ incident: PostgreSQLBatch.Incident, at time: WallTime) {
        incidents[incident.id] = (incident, time)
        mentions[incident.id] = nil
    }

    /// Keeps the row of an incident for as long as a delivery that does not change it.
    mutating func mention(_ incident: PostgreSQLBatch.Incident, at time: WallTime) {
        if incidents[incident.id] == nil { mentions[incident.id] = (incident, time) }
    }

    mutating func add(_ delivery: NewDelivery) { deliveries.append(delivery) }

    mutating func add(_ job: NewJob) {
        newJobIndices[job.id] = newJobs.count
        newJobs.append(job)
    }

    mutating func add(_ ending: Ending) {
        renewed[ending.job] = nil
        endings.append(ending)
    }

    mutating func leaveOut(_ job: Int, as state: JobState, at time: WallTime) {
        leftOut.append((job, state, time))
    }

    mutating func setUrgency(_ urgency: Urgency, of job: Int) {
        // A job of the same batch is not written yet.
        if let index = newJobIndices[job] {
            newJobs[index] = newJobs[index].with(urgency)
        } else {
            urgencies[job] = urgency
        }
    }

    mutating func hasten(_ job: Int, to time: WallTime) { hastened[job] = time }

    mutating func pin(_ lane: PostgreSQLBatch.LaneKey, to fingerprint: String?) {
        pins[lane] = .some(fingerprint)
    }

    mutating func releaseLane(of job: Int) { released.append(job) }

    mutating func promote(_ job: Int, due: WallTime) {
        if let index = newJobIndices[job] {
            newJobs[index].due = due
        } else {
            promoted.append((job, due))
        }
    }

    mutating func renew(_ job: Int, until: WallTime) { renewed[job] = until }

    mutating func giveBack(_ job: Int, due: WallTime) {
        renewed[job] = nil
        givenBack[job] = due
    }

    mutating func advance(_ job: Int, to text: String) { progress[job] = text }

    mutating func saveAttempt(_ exchange: Exchange, of job: Int, at time: WallTime) {
        attempts[job] = (exchange, time)
    }

    mutating func saveEpisodeState(_ state: String?, of lane: PostgreSQLBatch.LaneKey) {
        episodeStates[lane] = .some(state)
    }

    // MARK: Writing

    /// The statements that write it all; the incidents count as written from now on.
    func statements() -> [PostgreSQLStatement] {
        var statements = incidentStatements() + jobStatements()
        if !deliveries.isEmpty { statements += deliveryStatements() }
        if !attempts.isEmpty { statements += attemptStatements() }
        if !episodeStates.isEmpty { statements += episodeStatements() }
        if !pins.isEmpty { statements += pinStatements() }
        return statements
    }

    private func incidentStatements() -> [PostgreSQLStatement] {
        let sorted = incidents.values.sorted { $0.incident.key < $1.incident.key }
        var statements: [PostgreSQLStatement] = []
        let new = sorted.filter { !$0.incident.isWritten }
        // No "ON CONFLICT": that another relay has made the incident meanwhile must undo the batch, which is
        // run again.
        if !new.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    INSERT INTO incidents (id, key, is_open, opened_at, event_id, destinations, newest_clear,
                        cleared_opening, early_opened_at, early_reference, changed_at, facts)
                    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[],
                        $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
                        $12::text[])
                    """, Self.columns(new)))
        }
        let old = sorted.filter(\.incident.isWritten)
        if !old.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    UPDATE incidents SET is_open = new.is_open, opened_at = new.opened_at, event_id = new.event_id,
                        destinations = new.destinations, newest_clear = new.newest_clear,
                        cleared_opening = new.cleared_opening, early_opened_at = new.early_opened_at,
                        early_reference = new.early_reference, changed_at = new.changed_at, facts = new.facts
                    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[],
                        $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
                        $12::text[]) AS new
                        (id, key, is_open, opened_at, event_id, destinations, newest_clear, cleared_opening,
                        early_opened_at, early_reference, changed_at, facts)
                    WHERE incidents.id = new.id
                    """, Self.columns(old)))
        }
        if !mentions.isEmpty { statements.append(mentionStatement()) }
        for row in new { row.incident.isWritten = true }
        return statements
    }

    private static func columns(
        _ rows: [(incident: PostgreSQLBatch.Incident, at: WallTime)]
    ) -> [PostgreSQLValue] {
        let timelines = rows.map(\.incident.timeline)
        return [
            .integers(rows.map(\.incident.id)), .texts(rows.map(\.incident.key)),
            .integers(timelines.map { $0.episode == nil ? 0 : 1 }),
            .times(timelines.map(\.episode?.openedAt)), .texts(timelines.map(\.episode?.eventID)),
            .texts(timelines.map { $0.episode?.destinations.joined(separator: "\n") }),
            .times(timelines.map(\.newestClear)), .times(timelines.map(\.clearedOpening)),
            .times(timelines.map(\.earlyAcknowledgement?.openedAt)),
            .times(timelines.map(\.earlyAcknowledgement?.reference)), .times(rows.map(\.at)),
            .texts(timelines.map { TimelineFacts.text($0) }),
        ]
    }

    private func deliveryStatements() -> [PostgreSQLStatement] {
        let keys = deliveries.map { ($0.keys[0], $0.keys.dropFirst().first) }
        // In one order, so that two relays do not wait for each other in a circle.
        let entries = deliveries.flatMap { delivery in
            Set(delivery.keys).map { (key: $0, sequence: delivery.sequence) }
        }.sorted { $0.key > $1.key }
        return [
            PostgreSQLStatement(
                "INSERT INTO ledger (high, low, sequence) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])",
                [
                    .integers(entries.map(\.key.signedHigh)), .integers(entries.map(\.key.signedLow)),
                    .integers(entries.map(\.sequence)),
                ]),
            PostgreSQLStatement(
                """
                INSERT INTO deliveries (sequence, delivery_id, kind, received_at, verdict, reason, incident, high, low,
                    high2, low2, body, note)
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bytea[],
                    $13::text[])
                """,
                [
                    .integers(deliveries.map(\.sequence)), .texts(deliveries.map(\.acceptance.deliveryID)),
                    .texts(deliveries.map(\.acceptance.kind)), .times(deliveries.map(\.receivedAt)),
                    .texts(deliveries.map { DeliveryState($0.plan.verdict).rawValue }),
                    .texts(deliveries.map(\.reason)),
                    .integers(deliveries.map(\.incident)), .integers(keys.map(\.0.signedHigh)),
                    .integers(keys.map(\.0.signedLow)), .integers(keys.map(\.1?.signedHigh)),
                    .integers(keys.map(\.1?.signedLow)), .byteStrings(deliveries.map(\.acceptance.body)),
                    .texts(deliveries.map(\.plan.note)),
                ]),
        ]
    }

    /// What changes for jobs that stay leased, or are given back.
    private func leaseStatements() -> [PostgreSQLStatement] {
        var statements: [PostgreSQLStatement] = []
        if !progress.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    UPDATE jobs SET progress = new.progress FROM unnest($1::bigint[], $2::text[]) AS new (id, progress)
                    WHERE jobs.id = new.id
                    """, [.integers(progress.map(\.key)), .texts(progress.map(\.value))]))
        }
        if !givenBack.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    UPDATE jobs SET due_at = new.due_at, state = 'pending'
                    FROM unnest($1::bigint[], $2::bigint[]) AS new (id, due_at) WHERE jobs.id = new.id
                    """, [.integers(givenBack.map(\.key)), .times(givenBack.map(\.value))]))
        }
        if !renewed.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    UPDATE jobs SET due_at = new.due_at FROM unnest($1::bigint[], $2::bigint[]) AS new (id, due_at)
                    WHERE jobs.id = new.id
                    """, [.integers(renewed.map(\.key)), .times(renewed.map(\.value))]))
        }
        return statements
    }

    private func jobStatements() -> [PostgreSQLStatement] {
        var statements = leaseStatements()
        if !endings.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    UPDATE jobs SET due_at = new.due_at, state = new.state, attempts = attempts + 1,
                        reason = new.reason, finished_at = new.finished_at,
                        progress = CASE new.state WHEN 'pending' THEN progress END,
                        arrived = greatest(jobs.arrived, new.arrived),
                        urgency = CASE WHEN new.state = 'pending' AND urgency < $7 THEN urgency | 1 ELSE urgency END
                    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS new
                        (id, due_at, state, reason, finished_at, arrived)
                    WHERE jobs.id = new.id
                    """,
                    [
                        .integers(endings.map(\.job)), .times(endings.map(\.due)),
                        .texts(endings.map(\.state.rawValue)), .texts(endings.map(\.reason)),
                        .times(endings.map(\.finished)), .integers(endings.map { $0.hasArrived ? 1 : 0 }),
                        .integer(Urgency.follow.rawValue),
                    ]))
        }
        statements += laneStatements()
        if !released.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    "UPDATE jobs SET state = 'dead' WHERE id = ANY ($1::bigint[])", [.integers(released)]))
        }
        if !promoted.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    UPDATE jobs SET due_at = new.due_at FROM unnest($1::bigint[], $2::bigint[]) AS new (id, due_at)
                    WHERE jobs.id = new.id AND jobs.state = 'pending'
                    """, [.integers(promoted.map(\.job)), .times(promoted.map(\.due))]))
        }
        if !newJobs.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    INSERT INTO jobs (id, incident, destination, action, state, due_at, urgency, origin)
                    SELECT id, incident, destination, action, 'pending', due_at, urgency, origin
                    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
                        $7::bigint[]) AS new (id, incident, destination, action, due_at, urgency, origin)
                    """,
                    [
                        .integers(newJobs.map(\.id)), .integers(newJobs.map(\.lane.incident)),
                        .texts(newJobs.map(\.lane.destination)), .texts(newJobs.map(\.action.rawValue)),
                        .times(newJobs.map(\.due)), .integers(newJobs.map(\.urgency.rawValue)),
                        .integers(newJobs.map(\.origin)),
                    ]))
        }
        if !leftOut.isEmpty { statements.append(leftOutStatement()) }
        return statements
    }
}

extension PostgreSQLChanges.NewJob {
    func with(_ urgency: Urgency) -> PostgreSQLChanges.NewJob {
        PostgreSQLChanges.NewJob(
            id: id, lane: lane, action: action, urgency: urgency, due: due, origin: origin)
    }
}
