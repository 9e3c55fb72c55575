internal import GroupCommit
internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage
internal import SQLiteClient

/// The shipping journal without its threads: the same statements and the same batches, on a simulated disk.
final class SimulatedJournal {
    static let path = "/relay.db"

    let outbox = Outbox()
    private let connection: SQLiteConnection
    /// Where the checkpointer's thread would be at work.
    private let besides: SQLiteConnection
    private let writer: SQLiteStore
    private let mutation: Mutation?
    private var waiting: [TransactionOperation<SQLiteStore>] = []

    /// Opens the store as a relay that starts does.
    init(
        disk: SimulatedDisk, destinations: Set<String>, ledgerGeneration: Int, mutation: Mutation?,
        now: WallTime
    ) throws(StoreError) {
        self.mutation = mutation
        connection = try SQLiteConnection(path: Self.path, create: true, fileSystem: disk.name)
        try SQLiteSchema.prepare(connection, path: Self.path)
        besides = try SQLiteConnection(path: Self.path, create: false, fileSystem: disk.name)
        writer = try SQLiteStore(
            connection, quarantine: Self.quarantine, destinations: destinations,
            ledgerGeneration: ledgerGeneration)
        _ = try writer.recover(destinations: destinations, now: now)
    }

    /// Small, so that it fills.
    static let quarantine: QuarantineBounds = {
        var bounds = QuarantineBounds()
        (bounds.countMax, bounds.perMinuteMax) = (12, 4)
        return bounds
    }()

    var waitingCount: Int { waiting.count }

    func accept(_ acceptance: Acceptance, request: Int) {
        perform({ .accepted(request: request, $0) }) { (writer) throws(StoreError) in
            try writer.accept(acceptance)
        }
    }

    func quarantine(_ capture: QuarantinedRequest, request: Int) {
        perform({ .quarantined(request: request, $0) }) { (writer) throws(StoreError) in
            try writer.quarantine(capture)
        }
    }

    /// Does what the engine asks for.
    func submit(_ operation: JournalOperation) {
        perform({ .delivery(.completed(operation, $0)) }) { (writer) throws(StoreError) in
            switch operation {
            case .lease(let destination, let limit, let now, let leaseMilliseconds):
                .leased(
                    try writer.lease(
                        destination, limit: limit, now: now, leaseMilliseconds: leaseMilliseconds))
            case .finish(let report, let now): .finished(try writer.finish(report, now: now))
            case .renew(let held, let now, let leaseMilliseconds):
                .held(
                    try writer.renew(
                        held.job, lease: held.lease, now: now, leaseMilliseconds: leaseMilliseconds))
            default: .done
            }
        }
    }

    func prune(now: WallTime, running: Int) {
        var retention = Retention()
        // As short as it goes, so that a story of 30 hours sees its beginning forgotten.
        retention.historySeconds = retention.ledgerSeconds
        perform({ .pruned($0) }) { [retention] (writer) throws(StoreError) in
            try writer.prune(retention, now: now, running: running)
        }
    }

    private func perform<Value: Sendable>(
        _ message: @escaping @Sendable (Result<Value, StoreError>) -> Outbox.Message,
        _ body: @escaping @Sendable (SQLiteStore) throws(StoreError) -> Value
    ) {
        waiting.append(TransactionOperation({ [outbox] in outbox.add(message($0)) }, body))
    }

    /// Commits what waits, at most so much.
    func commit(atMost batchMax: Int, now: WallTime) {
        let batch = Array(waiting.prefix(batchMax))
        waiting.removeFirst(batch.count)
        mutate(before: true, now)
        TransactionOperation.commit(batch, to: writer)
        writer.betweenTransactions()
        mutate(before: false, now)
    }

    /// Copies the write-ahead log into the database, as the checkpointer does now and then.
    func checkpoint(truncating: Bool = false) {
        _ = try? besides.checkpoint(truncating: truncating)  // tried again the next time
    }

    // MARK: What the checker asks

    struct DeadLetter {
        let delivery: String, destination: String, action: String, isStuck: Bool
    }

    func deadLetters() throws(StoreError) -> [DeadLetter] {
        let statement = try connection.prepare(
            """
            SELECT delivery_id, destination, action, state FROM jobs
                JOIN deliveries ON deliveries.sequence = jobs.id / \(JobNumber.perDeliveryMax)
            WHERE state IN ('dead', 'stuck') ORDER BY jobs.id
            """)
        var letters: [DeadLetter] = []
        try statement.forEachRow { row in
            letters.append(
                DeadLetter(
                    delivery: row.text(0), destination: row.text(1), action: row.text(2),
                    isStuck: row.text(3) == JobState.stuck.rawValue))
        }
        return letters
    }

    /// When the deliveries were received that the ledger's table knows, by the clock of the relay.
    func identityTimes() throws(StoreError) -> [Int] {
        var times: [Int] = []
        try connection.prepare(
            "SELECT coalesce(received_at, 0) FROM ledger LEFT JOIN deliveries USING (sequence)"
        )
        .forEachRow { times.append($0.integer(0)) }
        return times
    }

    func summary() throws(StoreError) -> StoreSummary { try writer.summary() }

    /// What is wrong with the file, in SQLite's words.
    func damage() throws(StoreError) -> [String] {
        var words: [String] = []
        try connection.prepare("PRAGMA integrity_check").forEachRow { words.append($0.text(0)) }
        return words.filter { $0 != "ok" }
    }

    // MARK: Faults put in on purpose

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
        case (.forgetLeases, false):
            sql = "UPDATE jobs SET due_at = \(now.unixMilliseconds), state = 'pending' WHERE state = 'leased'"
        default: return
        }
        try? connection.execute(sql)
    }
}
