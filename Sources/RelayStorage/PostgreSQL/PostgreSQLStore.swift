internal import GroupCommit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// Runs a batch of operations in one transaction, on the journal's thread.
///
/// Operations are gathered, and run when the batch is to be committed: everything they need is read and
/// locked in one round trip; then they are decided in memory, in the order in which they were given; then
/// everything they change is written and committed in a second one. Rare operations run separate statements
/// in between.
final class PostgreSQLStore: TransactionalStore {
    /// An operation of a batch.
    enum Step: Sendable {
        case accept(Acceptance, BatchOutcome<AcceptanceOutcome>)
        case finish(JobReport, now: WallTime, BatchOutcome<FinishOutcome>)
        case renew(job: Int, lease: Int, now: WallTime, leaseMilliseconds: Int, BatchOutcome<Bool>)
        case other(@Sendable (PostgreSQLStore) throws(StoreError) -> Void)
    }

    /// How often a batch is retried after losing a race for its rows.
    private static let attemptsMax = 5

    let connection: PostgreSQLConnection
    let quarantineBounds: QuarantineBounds
    /// The destinations there are now; nil for any.
    let configured: Set<String>?
    private let usesServerClock: Bool
    private var steps: [Step] = []

    /// What the batch has read and decided so far.
    var batch = PostgreSQLBatch()
    /// What it has decided and not written yet.
    var changes = PostgreSQLChanges()
    /// The server's clock at the beginning of the batch; nil where the callers' times count.
    private var serverTime: WallTime?
    var clock = ClockWatch()
    /// The minute in which requests were last quarantined, and how many.
    var quarantineMinute = (number: Int.min, count: 0)

    init(
        _ connectionString: String, quarantine: QuarantineBounds, destinations: Set<String>?,
        usesServerClock: Bool
    ) throws(StoreError) {
        connection = try PostgreSQLConnection(connectionString, setUp: PostgreSQLSchema.setUp)
        quarantineBounds = quarantine
        configured = destinations
        self.usesServerClock = usesServerClock
        try PostgreSQLSchema.prepare(connection)
    }

    static func isWellFormed(_ connectionString: String) -> Bool {
        PostgreSQLConnection.isWellFormed(connectionString)
    }

    // MARK: Transactions

    func add(_ step: Step) { steps.append(step) }

    func begin() { steps = [] }

    func commit() throws(StoreError) {
        var attempts = 0
        while true {
            attempts += 1
            var hasRead = false
            do throws(StoreError) {
                try read()
                hasRead = true
                for step in steps { try decide(step) }
                try connection.commit(changes.statements())
                clock.commit()
                return
            } catch {
                connection.rollBack()
                // A connection that broke while idle is only noticed by its next use.
                let wasIdle = error.kind == .unreachable && !hasRead && attempts == 1
                guard wasIdle || connection.wasRaced, attempts < Self.attemptsMax else { throw error }
            }
        }
    }

    func rollBack() {
        connection.rollBack()
        steps = []
    }

    func concernsAll(_ error: StoreError) -> Bool { [.unreachable, .full].contains(error.kind) }

    func betweenTransactions() {
        (batch, changes) = (PostgreSQLBatch(), PostgreSQLChanges())  // which may hold many bodies
        steps = []
    }

    /// Begins the transaction, and reads and locks what its operations need.
    private func read() throws(StoreError) {
        (batch, changes) = (PostgreSQLBatch(), PostgreSQLChanges())
        let wanted = PostgreSQLBatch.Wanted(steps)
        try connection.reconnectIfBroken()
        let rows = try connection.begin(
            [PostgreSQLStatement("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")]
                + wanted.statements)
        // Later than any of the batch was asked for, so that no lease ends sooner than its holder thinks.
        serverTime = usesServerClock ? rows[0].time(0, 0) : nil
        clock.begin()
        try batch.load(rows.dropFirst(), wanted)
    }

    private func decide(_ step: Step) throws(StoreError) {
        switch step {
        case .accept(let acceptance, let outcome):
            clock.note(stored(acceptance.receivedAt))
            outcome.set(try accept(acceptance))
        case .finish(let report, let now, let outcome):
            clock.note(stored(now))
            outcome.set(try finish(report, now: now))
        case .renew(let job, let lease, let now, let leaseMilliseconds, let outcome):
            clock.note(stored(now))
            outcome.set(renew(job, lease: lease, now: now, leaseMilliseconds: leaseMilliseconds))
        case .other(let body): try body(self)
        }
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
