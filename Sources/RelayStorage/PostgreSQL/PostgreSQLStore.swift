internal import GroupCommit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// Runs a batch of operations in one transaction, on the journal's thread.
///
/// Operations are gathered, and run when the batch is to be committed: everything they need is read, and locked, in one go;
/// then they are decided in memory, in the order in which they were given; then everything they change is written and
/// committed in one go. Operations that are rare run statements of their own in between.
final class PostgreSQLStore: TransactionalStore {
    /// An operation of a batch.
    enum Step: Sendable {
        case accept(Acceptance, Outcome<AcceptanceOutcome>)
        case finish(JobReport, now: Int, Outcome<FinishOutcome>)
        case renew(job: Int, lease: Int, until: Int, Outcome<Bool>)
        case other(@Sendable (PostgreSQLStore) throws(StoreError) -> Void)
    }

    /// How often a batch is run before other relays, which were at the same rows each time, are let win.
    private static let attemptsMax = 5

    let connection: PostgreSQLConnection
    let quarantineBounds: QuarantineBounds
    /// The destinations there are now; nil for any.
    let configured: Set<String>?
    private let clock: (@Sendable () -> Int)?
    private var steps: [Step] = []

    /// What the batch has read and decided so far.
    var batch = PostgreSQLBatch()
    /// What it has decided and not written yet.
    var changes = PostgreSQLChanges()
    /// The server's clock less the callers', in milliseconds.
    private var clockOffset = 0
    /// The minute in which requests were last quarantined, and how many.
    var quarantineMinute = (number: Int.min, count: 0)

    init(
        _ connectionString: String, quarantine: QuarantineBounds, destinations: Set<String>?,
        clock: (@Sendable () -> Int)?
    ) throws(StoreError) {
        connection = try PostgreSQLConnection(connectionString, setUp: PostgreSQLSchema.setUp)
        quarantineBounds = quarantine
        configured = destinations
        self.clock = clock
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
                for step in steps { try run(step) }
                return try connection.commit(changes.statements())
            } catch {
                connection.rollBack()
                // A connection that broke while nobody used it is found out by using it.
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
        let asked = clock?()
        let rows = try connection.begin(
            [PostgreSQLStatement("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")]
                + wanted.statements)
        // Read before the statement was sent, so that no lease ends sooner than its holder thinks.
        if let asked, let server = rows[0].integer(0, 0) { clockOffset = server - asked }
        try batch.take(rows.dropFirst(), wanted)
    }

    private func run(_ step: Step) throws(StoreError) {
        switch step {
        case .accept(let acceptance, let outcome): outcome.set(try accept(acceptance))
        case .finish(let report, let now, let outcome): outcome.set(try finish(report, now: now))
        case .renew(let job, let lease, let until, let outcome):
            outcome.set(renew(job, lease: lease, until: until))
        case .other(let body): try body(self)
        }
    }

    /// Runs statements that see everything the batch has decided so far.
    func query(_ statements: [PostgreSQLStatement]) throws(StoreError) -> [PostgreSQLRows] {
        let waiting = changes.statements()
        changes = PostgreSQLChanges()
        return Array(try connection.pipeline(waiting + statements).dropFirst(waiting.count))
    }

    // MARK: Clocks

    /// A caller's time on the server's clock.
    func stored(_ time: Int) -> Int { time + clockOffset }

    /// A time on the server's clock as the caller counts it.
    func told(_ time: Int) -> Int { time - clockOffset }
}
