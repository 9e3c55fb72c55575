internal import GroupCommit
internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// The shipping journal without its threads: the same queue, batches and statements, on a simulated disk.
final class SimulatedJournal {
    static let path = "/relay.db"

    private let store: any SimulatedStore
    private let link: StoreLink
    private let mutation: Mutation?
    private let batchMax: Int
    /// How many leases a relay may forget yet: where no job ever ends, a world takes minutes.
    private var leasesToForget = 100
    private let waiting: CommitQueue<StoreLink>

    /// Opens the store as a relay that starts does.
    init(
        host: RelayHost, destinations: Set<String>, now: WallTime
    ) throws(StoreError) {
        waiting = CommitQueue(waitingMax: host.machine.waitingMax)
        (mutation, batchMax) = (host.mutation, host.machine.batchMax)
        if let server = host.server {
            store = try server.connect(destinations, now: now)
        } else {
            let own = try OpenStore(host.disk, destinations, ledgerGeneration: host.machine.ledgerGeneration)
            _ = try own.writer.recover(now: now)
            store = SQLiteLink(own, server: nil, destinations: destinations)
        }
        link = StoreLink(store)
        mutateAtStart(destinations)
    }

    /// Small, so that it fills.
    static let quarantine: QuarantineBounds = {
        var bounds = QuarantineBounds()
        (bounds.countMax, bounds.perMinuteMax) = (12, 4)
        return bounds
    }()

    var waitingCount: Int { waiting.count }
    /// Whether jobs are to be leased, and nothing else is to be done.
    private(set) var waitsForLeasesAlone = false

    /// Has an operation done with the next batch; its completion runs as soon as the batch is committed.
    func submit(
        _ operation: JournalOperation,
        completion: @escaping @Sendable (Result<JournalResult, StoreError>) -> Void
    ) {
        if waiting.count == 0 { waitsForLeasesAlone = true }
        if case .lease = operation {} else { waitsForLeasesAlone = false }
        waiting.submit(operation, isUrgent: operation.isUrgent, completion: completion)
    }

    /// Commits what waits, at most a batch.
    func commit(now: WallTime) {
        mutate(before: true, now)
        waiting.commit(atMost: batchMax, to: link)
        mutate(before: false, now)
    }

    /// Copies the write-ahead log into the database, as the checkpointer does now and then.
    func checkpoint(truncating: Bool = false) { store.checkpoint(truncating: truncating) }

    /// How many jobs are leased.
    var leasedCount: Int { number("SELECT count(*) FROM jobs WHERE state = 'leased'") ?? 0 }

    /// Whether a job for one of these destinations is due or leased, or will be.
    func hasWork(for destinations: [String]) -> Bool {
        let names = destinations.map { "'\($0)'" }.joined(separator: ", ")
        return number(
            "SELECT count(*) FROM jobs WHERE due_at IS NOT NULL AND destination IN (\(names))") != 0
    }

    private func number(_ sql: String) -> Int? {
        (try? store.rows(sql))?.first?.first.flatMap(\.self).flatMap { Int($0) }
    }

    // MARK: What the checker asks

    /// What is neither done nor dead, for a person who looks for a fault.
    func waitingJobs() -> [String] {
        let sql =
            """
            SELECT jobs.id, jobs.destination, action, state, due_at, urgency, attempts, fingerprint FROM jobs
                LEFT JOIN pins ON pins.incident = jobs.incident AND pins.destination = jobs.destination
            WHERE finished_at IS NULL ORDER BY jobs.id
            """
        return (try? store.rows(sql))?.map { row in row.map { $0 ?? "-" }.joined(separator: " ") } ?? []
    }

    struct DeadLetter {
        let job: Int
        let delivery: String, destination: String, action: String, isStuck: Bool
    }

    func deadLetters() throws(StoreError) -> [DeadLetter] {
        let rows = try store.rows(
            """
            SELECT delivery_id, destination, action, state, jobs.id FROM jobs
                JOIN deliveries ON deliveries.sequence = jobs.id / \(JobNumber.perDeliveryMax)
            WHERE state IN ('dead', 'stuck') ORDER BY jobs.id
            """)
        return rows.map { row in
            let texts = row.map { $0 ?? "" }
            return DeadLetter(
                job: Int(texts[4]) ?? 0, delivery: texts[0], destination: texts[1], action: texts[2],
                isStuck: texts[3] == JobState.stuck.rawValue)
        }
    }

    /// When the deliveries were received that the ledger's table knows, by the clock of the relay.
    func identityTimes() throws(StoreError) -> [Int] {
        try store.rows(
            "SELECT coalesce(received_at, 0) FROM ledger LEFT JOIN deliveries USING (sequence)"
        ).compactMap { $0[0].flatMap { Int($0) } }
    }

    func summary() throws(StoreError) -> StoreSummary { try store.summary() }

    /// What is wrong with the tables, in the database's words.
    func damage() throws(StoreError) -> [String] { try store.damage() }

    // MARK: Faults put in on purpose

    private func mutateAtStart(_ destinations: Set<String>) {
        guard mutation == .buryUnknown else { return }
        let names = destinations.sorted().map { "'\($0)'" }.joined(separator: ", ")
        _ = try? store.change(
            """
            UPDATE jobs SET state = 'dead', due_at = NULL, reason = 'removed'
            WHERE finished_at IS NULL AND state = 'pending' AND destination NOT IN (\(names))
            """)
    }

    private func mutate(before: Bool, _ now: WallTime) {
        let sql: String
        switch (mutation, before) {
        case (.forgetClears, true):
            sql =
                "UPDATE incidents SET newest_clear = NULL, cleared_opening = NULL WHERE newest_clear IS NOT NULL"
        case (.releaseLanes, false):
            sql = """
                UPDATE jobs SET due_at = \(now.unixMilliseconds) WHERE due_at IS NULL AND state = 'pending' AND EXISTS (
                    SELECT 1 FROM jobs AS first WHERE first.incident = jobs.incident
                        AND first.destination = jobs.destination AND first.state = 'leased')
                """
        case (.forgetLeases, false) where leasesToForget > 0:
            sql = "UPDATE jobs SET due_at = \(now.unixMilliseconds), state = 'pending' WHERE state = 'leased'"
        case (.delayOpens, false):
            // The odd milliseconds mark those that have waited.
            sql = """
                UPDATE jobs SET due_at = (\(now.unixMilliseconds) / 1000 + 30) * 1000 + 777
                WHERE action = 'open' AND state = 'pending' AND lease = 0 AND due_at % 1000 <> 777
                    AND due_at <= \(now.unixMilliseconds)
                """
        default: return
        }
        let count = try? store.change(sql)
        if mutation == .forgetLeases { leasesToForget -= count ?? 0 }
    }
}
