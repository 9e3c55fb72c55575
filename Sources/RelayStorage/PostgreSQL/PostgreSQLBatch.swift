internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// What a batch knows: the incidents, lanes, jobs and ledger entries that its operations concern, locked or
/// new.
///
/// It is read once and then kept as the operations change it.
struct PostgreSQLBatch {
    /// An incident, whose row is locked or about to be made.
    final class Incident {
        let id: Int
        let key: String
        var timeline: IncidentTimeline
        /// Whether the table has it.
        var isWritten: Bool

        init(id: Int, key: String, timeline: IncidentTimeline, isWritten: Bool) {
            (self.id, self.key, self.timeline, self.isWritten) = (id, key, timeline, isWritten)
        }
    }

    /// The jobs of one incident for one destination that are neither finished nor dead, in order.
    final class Lane {
        var jobs: [LaneEntry] = []

        func insert(_ job: LaneEntry) {
            jobs.insert(job, at: jobs.firstIndex { $0.id > job.id } ?? jobs.endIndex)
        }
    }

    /// A job of a lane.
    struct LaneEntry {
        let id: Int
        let action: IncidentUpdate.Action
        var state: JobState
        var isDue: Bool
        var attempts = 0
        var urgency: Urgency
        var hasArrived = false
        let receivedAt: WallTime

        /// As ``LaneChanges`` takes it.
        var job: LaneJob {
            LaneJob(
                id: id, action: action, wasBegun: state != .pending || attempts > 0,
                mayHaveArrived: state != .pending || hasArrived, urgency: urgency)
        }
    }

    /// Which lane.
    struct LaneKey: Hashable {
        let incident: Int
        let destination: String
    }

    /// A job whose row is locked because something is done under its lease.
    struct Job {
        let lane: LaneKey
        let action: IncidentUpdate.Action
        var state: JobState
        var lease: Int
        let attempts: Int
        /// The job of another destination that it stands in for.
        let origin: Int?
    }

    var incidentsByKey: [String: Incident] = [:]
    var incidentsByID: [Int: Incident] = [:]
    var lanes: [LaneKey: Lane] = [:]
    var jobs: [Int: Job] = [:]
    /// The lanes of the incidents asked for whose destination was sent an alarm, and took no end of it.
    var pinned: Set<LaneKey> = []
    /// The sequences of the deliveries that are accepted already, by the keys asked for.
    var knownDeliveries: [DeliveryKey: Int] = [:]
    /// Numbers for deliveries and incidents, the next at the end.
    private var sequences: [Int] = []
    private var incidentIDs: [Int] = []

    /// The next delivery's number.
    ///
    /// Numbers are given after the incidents were locked, so that they grow along every lane.
    mutating func nextSequence() -> Int { sequences.removeLast() }

    /// Makes an incident of which nothing is known.
    mutating func makeIncident(_ key: String, _ timeline: IncidentTimeline) -> Incident {
        let incident = Incident(
            id: incidentIDs.removeLast(), key: key, timeline: timeline, isWritten: false)
        incidentsByKey[key] = incident
        incidentsByID[incident.id] = incident
        return incident
    }

    mutating func lane(_ key: LaneKey) -> Lane {
        if let known = lanes[key] { return known }
        let lane = Lane()
        lanes[key] = lane
        return lane
    }

    /// Keeps that a job was leased in the middle of the batch.
    mutating func noteLease(of job: LeasedJob, in lane: LaneKey) {
        jobs[job.id]?.state = .leased
        jobs[job.id]?.lease = job.lease
        guard let lane = lanes[lane], let index = lane.jobs.firstIndex(where: { $0.id == job.id }) else {
            return
        }
        // What an earlier lease has sent may have arrived.
        if lane.jobs[index].state == .leased { lane.jobs[index].hasArrived = true }
        lane.jobs[index].state = .leased
    }

    // MARK: Reading

    /// Decodes the results of ``Wanted/statements``.
    mutating func load(_ rows: ArraySlice<PostgreSQLRows>, _ wanted: Wanted) throws(StoreError) {
        var rest = rows
        if !wanted.keys.isEmpty || !wanted.ended.isEmpty { load(incidents: rest.removeFirst()) }
        if !wanted.jobs.isEmpty { try load(jobs: rest.removeFirst()) }
        if !wanted.keys.isEmpty || !wanted.ended.isEmpty { try load(lanes: rest.removeFirst()) }
        if !wanted.keys.isEmpty { load(pins: rest.removeFirst()) }
        guard !wanted.identities.isEmpty else { return }
        let found = rest.removeFirst()
        for row in 0..<found.count {
            let key = DeliveryKey(
                signedHigh: try found.number(row, 0), signedLow: try found.number(row, 1))
            knownDeliveries[key] = try found.number(row, 2)
        }
        let numbers = rest.removeFirst()
        sequences = (0..<numbers.count).compactMap { numbers.integer($0, 0) }.sorted(by: >)
        let ids = rest.removeFirst()
        incidentIDs = (0..<ids.count).compactMap { ids.integer($0, 0) }.sorted(by: >)
    }

    private mutating func load(incidents rows: PostgreSQLRows) {
        for row in 0..<rows.count {
            guard let id = rows.integer(row, 0), let key = rows.text(row, 1) else { continue }
            var timeline = IncidentTimeline()
            if rows.integer(row, 2) == 1 {
                timeline.episode = IncidentTimeline.Episode(
                    openedAt: rows.time(row, 3), eventID: rows.text(row, 4),
                    destinations: (rows.text(row, 5) ?? "").split(separator: "\n").map(String.init))
            }
            timeline.newestClear = rows.time(row, 6)
            timeline.clearedOpening = rows.time(row, 7)
            timeline.earlyAcknowledgement = rows.time(row, 9).map {
                .init(openedAt: rows.time(row, 8), reference: $0)
            }
            TimelineFacts.add(rows.text(row, 10), to: &timeline)
            let incident = Incident(id: id, key: key, timeline: timeline, isWritten: true)
            incidentsByKey[key] = incident
            incidentsByID[id] = incident
        }
    }

    private mutating func load(pins rows: PostgreSQLRows) {
        for row in 0..<rows.count {
            guard let incident = rows.integer(row, 0) else { continue }
            pinned.insert(LaneKey(incident: incident, destination: rows.text(row, 1) ?? ""))
        }
    }

    private mutating func load(jobs rows: PostgreSQLRows) throws(StoreError) {
        for row in 0..<rows.count {
            guard let id = rows.integer(row, 0), let incident = rows.integer(row, 1) else { continue }
            jobs[id] = Job(
                lane: LaneKey(incident: incident, destination: rows.text(row, 2) ?? ""),
                action: try rows.action(row, 3), state: try rows.state(row, 4),
                lease: rows.integer(row, 5) ?? 0, attempts: rows.integer(row, 6) ?? 0,
                origin: rows.integer(row, 7))
        }
    }

    private mutating func load(lanes rows: PostgreSQLRows) throws(StoreError) {
        for row in 0..<rows.count {
            guard let id = rows.integer(row, 0), let incident = rows.integer(row, 1) else { continue }
            let lane = lane(LaneKey(incident: incident, destination: rows.text(row, 2) ?? ""))
            lane.jobs.append(
                LaneEntry(
                    id: id, action: try rows.action(row, 5), state: try rows.state(row, 3),
                    isDue: rows.integer(row, 4) == 1, attempts: rows.integer(row, 6) ?? 0,
                    urgency: Urgency(rawValue: rows.integer(row, 7) ?? Urgency.follow.rawValue),
                    hasArrived: rows.integer(row, 8) == 1,
                    receivedAt: rows.time(row, 9) ?? WallTime(unixMilliseconds: 0)))
        }
    }
}

extension PostgreSQLRows {
    /// The number in a column that is never NULL.
    func number(_ row: Int, _ column: Int) throws(StoreError) -> Int {
        guard let number = integer(row, column) else {
            throw StoreError(.damaged, "PostgreSQL gave nothing where a number must be.")
        }
        return number
    }

    /// The state of a job in a column.
    func state(_ row: Int, _ column: Int) throws(StoreError) -> JobState {
        guard let state = text(row, column).flatMap(JobState.init(rawValue:)) else {
            throw StoreError(.damaged, "A job has a state that this version does not know.")
        }
        return state
    }

    /// The action of a job in a column.
    func action(_ row: Int, _ column: Int) throws(StoreError) -> IncidentUpdate.Action {
        guard let action = text(row, column).flatMap(IncidentUpdate.Action.init(rawValue:)) else {
            throw StoreError(.damaged, "A job has an action that this version does not know.")
        }
        return action
    }
}
