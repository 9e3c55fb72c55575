internal import GroupCommit
package import OpenSenseWebhooks
package import PostgreSQLClient
package import RelayCore

/// Runs a batch of operations in one transaction, on the journal's thread.
///
/// Everything that the operations need is read and locked in one round trip; then they are decided in memory,
/// in the order in which they were given; then everything they change is written and committed in a second
/// one. Rare operations run separate statements in between.
package final class PostgreSQLStore: JournalStore {
    package static let waitingMax = 16_384
    /// What the server answers fits into a socket's buffer, so that a relay that stops reading does not keep
    /// the server, and with it the locks, waiting.
    package static let batchMax = 256

    package let connection: PostgreSQLConnection
    let quarantineBounds: QuarantineBounds
    /// The destinations there are now; nil for any.
    let configured: Set<String>?
    private let usesServerClock: Bool

    /// What the batch has read and decided so far.
    var batch = PostgreSQLBatch()
    /// What the batch's operations need.
    private var wanted = PostgreSQLBatch.Wanted([])
    /// What it has decided and not written yet.
    var changes = PostgreSQLChanges()
    /// The server's clock at the beginning of the batch; nil where the callers' times count.
    private var serverTime: WallTime?
    var clock = ClockWatch()
    var dueScan: DueScan
    /// For how long what one relay has taken of people's requests is left to it, in milliseconds.
    let claimMilliseconds: Int
    /// The last lane that was looked at for one that stands still.
    var mendedThrough = (incident: -1, destination: "")
    /// How far pruning has come.
    var pruneCursors = PruneCursors()
    /// The minute in which requests were last quarantined, and how many.
    var quarantineMinute = (number: Int.min, count: 0)

    /// Connects, and makes the tables when there are none.
    ///
    /// ``PostgreSQLJournal`` says what each parameter is.
    package init(
        _ connectionString: String, quarantine: QuarantineBounds, destinations: Set<String>?,
        usesServerClock: Bool, dueScan: DueScan, claimMilliseconds: Int, patience: AnswerPatience
    ) throws(StoreError) {
        self.dueScan = dueScan
        self.claimMilliseconds = claimMilliseconds
        connection = try PostgreSQLConnection(
            connectionString, setUp: PostgreSQLSchema.setUp, patience: patience)
        quarantineBounds = quarantine
        configured = destinations
        self.usesServerClock = usesServerClock
        try PostgreSQLSchema.prepare(connection)
    }

    static func isWellFormed(_ connectionString: String) -> Bool {
        PostgreSQLConnection.isWellFormed(connectionString)
    }

    // MARK: Transactions

    package func run(_ batch: [JournalOperation]) throws(StoreError) -> [JournalResult] {
        let wanted = PostgreSQLBatch.Wanted(batch)
        self.wanted = wanted
        return try transaction(wanted) { () throws(StoreError) in
            var results: [JournalResult] = []
            results.reserveCapacity(batch.count)
            for operation in batch {
                results.append(try run(operation))
                // It may have deleted what was read, such as the incident that the next operation reopens.
                switch operation {
                case .prune, .mend: try readAgain()
                default: break
                }
            }
            return results
        }
    }

    /// Runs `body` in a transaction that has read and locked what it wants, again when another relay was
    /// faster.
    func transaction<Result>(
        _ wanted: PostgreSQLBatch.Wanted, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        var attempts = TransactionAttempts()
        while true {
            attempts.begin()
            var hasRead = false
            do throws(StoreError) {
                try read(wanted)
                hasRead = true
                let result = try body()
                try connection.commit(changes.statements())
                clock.commit()
                return result
            } catch {
                connection.rollBack()
                pruneCursors = PruneCursors()
                guard attempts.mayRepeat(after: error, hasRead: hasRead, wasRaced: connection.wasRaced)
                else { throw error }
            }
        }
    }

    package func concernsAll(_ error: StoreError) -> Bool { [.unreachable, .full].contains(error.kind) }

    package func betweenTransactions() {
        (batch, changes) = (PostgreSQLBatch(), PostgreSQLChanges())  // which may hold many bodies
    }

    package func close() {}

    /// Begins the transaction, and reads and locks what its operations need.
    private func read(_ wanted: PostgreSQLBatch.Wanted) throws(StoreError) {
        (batch, changes) = (PostgreSQLBatch(), PostgreSQLChanges())
        try connection.reconnectIfBroken()
        let rows = try connection.begin(
            [
                PostgreSQLStatement(
                    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, pg_backend_pid()::bigint")
            ]
                + wanted.statements)
        try connection.checkProcess(rows[0].integer(0, 1))
        // Later than any of the batch was asked for, so that no lease ends sooner than its holder thinks.
        serverTime = usesServerClock ? rows[0].time(0, 0) : nil
        clock.begin()
        try batch.load(rows.dropFirst(), wanted)
    }

    /// Reads what the operations need again, after writing what the batch has decided so far.
    ///
    /// - Parameter jobs: Jobs whose lanes and incidents are needed, too.
    func readAgain(with jobs: [Int] = []) throws(StoreError) {
        let wanted = self.wanted.with(jobs)
        let statements = wanted.statements
        guard !statements.isEmpty else { return }
        let rows = try query(statements)
        batch = PostgreSQLBatch()
        try batch.load(rows[...], wanted)
    }

    private func run(_ operation: JournalOperation) throws(StoreError) -> JournalResult {
        switch operation {
        case .accept(let acceptance):
            clock.note(stored(acceptance.receivedAt))
            return .accepted(try accept(acceptance))
        case .lease(let request): return .leased(try lease(request))
        case .failOver(let request, let now):
            clock.note(stored(now))
            return .moved(try failOver(request, now: now))
        case .advance(let held, let progress, let now):
            clock.note(stored(now))
            return .held(advance(held, progress: progress))
        case .finish(let report, let now):
            clock.note(stored(now))
            return .finished(try finish(report, now: now))
        case .renew(let held, let now, let leaseMilliseconds):
            clock.note(stored(now))
            return .held(renew(held, now: now, leaseMilliseconds: leaseMilliseconds))
        case .release(let held, let now, let wait):
            clock.note(stored(now))
            release(held, now: now, afterMilliseconds: wait)
        case .quarantine(let capture): return .quarantined(try quarantine(capture))
        case .probe(let now): try probe(now: now)
        case .prune(let retention, let now, let running):
            return .pruned(try prune(retention, now: now, running: running))
        case .mend(let now): return .mended(try mend(now: now))
        case .takeRequests(let limit): return .requests(try takeRequests(limit: limit))
        case .settle(let settlement): try settle(settlement)
        case .survey(let request, let now): return .surveyed(try survey(request, now: now))
        case .look(let incident, let destination, let state):
            return .seen(try look(incident, destination, state))
        case .summarize: return .summary(try summary())
        }
        return .done
    }

    /// Runs statements that see everything the batch has decided so far.
    func query(_ statements: [PostgreSQLStatement]) throws(StoreError) -> [PostgreSQLRows] {
        let waiting = changes.statements()
        changes = PostgreSQLChanges()
        return Array(try connection.pipeline(waiting + statements).dropFirst(waiting.count))
    }

    /// The time at which something is written down that a caller asked for at `time`: several relays share
    /// the server's clock, and nothing else.
    func stored(_ time: WallTime) -> WallTime { serverTime ?? time }
}
