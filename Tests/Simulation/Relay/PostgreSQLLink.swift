internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore
internal import RelayStorage

/// A relay's connection to a PostgreSQL server, and the shipping store that works on it.
///
/// What goes wrong goes wrong on the real connection: the server undoes the transaction, or its process for
/// this connection is ended, at a step that chance has drawn.
final class PostgreSQLLink: SimulatedStore {
    private let server: SimulatedServer
    private let database: SimulatedPostgreSQL
    private let store: PostgreSQLStore
    private var fault = SimulatedServer.Fault.none
    /// How many statements of the transaction go well before the fault.
    private var stepsBefore = 0
    /// Whether the connection was broken and not made again since.
    private var isBroken = false
    /// Whether another relay can take jobs in the middle of this transaction without waiting for its locks.
    private var leavesRoom = false

    /// Connects and recovers the store, as a relay that starts does.
    init(
        _ database: SimulatedPostgreSQL, _ server: SimulatedServer, destinations: Set<String>, now: WallTime
    ) throws(StoreError) {
        (self.server, self.database) = (server, database)
        try database.setClock()
        store = try PostgreSQLStore(
            database.connectionString, quarantine: SimulatedJournal.quarantine, destinations: destinations,
            usesServerClock: true, dueScan: database.dueScan, claimMilliseconds: 60_000,
            patience: AnswerPatience())
        try database.quieten()
        store.connection.onStep = { [unowned self] step throws(StoreError) in try take(step) }
        _ = try store.recover(now: now)
    }

    func run(_ batch: [JournalOperation]) throws(StoreError) -> [JournalResult] {
        if server.isAway, isBroken {
            throw StoreError(.unreachable, "The server cannot be reached.")
        }
        try database.setClock()
        leavesRoom = batch.allSatisfy(Self.leavesRoom)
        do throws(StoreError) {
            return try store.run(batch)
        } catch {
            guard case .brokenBeforeCommit = fault, error.kind == .unreachable else { throw error }
            return try server.trusted(batch, error)
        }
    }

    // MARK: Faults

    private func take(_ step: TransactionStep) throws(StoreError) {
        if case .begins = step {
            isBroken = false
            (fault, stepsBefore) = (server.nextFault(), server.stepsBeforeFault())
        }
        switch step {
        case .asks, .commits: if leavesRoom { server.leaveRoom() }
        case .begins, .committed: break
        }
        guard isDue(at: step) else { return }
        switch fault {
        case .none: break
        case .raced:
            try store.connection.execute("DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END$$")
        case .brokenBefore, .brokenBeforeCommit: breakConnection()
        case .brokenAfterCommit:
            breakConnection()
            throw StoreError(.unreachable, "The connection broke after the commit.")
        }
    }

    /// Whether the fault of this transaction is to come now.
    private func isDue(at step: TransactionStep) -> Bool {
        switch (fault, step) {
        case (.brokenBefore, .begins), (.brokenAfterCommit, .committed): return true
        case (.raced, .commits), (.brokenBeforeCommit, .commits): return true
        case (.raced, .asks), (.brokenBeforeCommit, .asks):
            stepsBefore -= 1
            return stepsBefore == -1
        default: return false
        }
    }

    private static func leavesRoom(_ operation: JournalOperation) -> Bool {
        switch operation {
        case .accept, .finish, .renew, .advance, .release, .failOver: true
        default: false
        }
    }

    private func breakConnection() {
        guard let process = store.connection.serverProcess else { return }
        isBroken = true
        do throws(StoreError) {
            try database.endProcess(process)
        } catch {
            // Thrown, it would pass for what the store met.
            preconditionFailure("The server's process cannot be ended: \(error)")
        }
    }

    // MARK: The rest

    func concernsAll(_ error: StoreError) -> Bool { store.concernsAll(error) }
    func betweenTransactions() { store.betweenTransactions() }
    /// The server does what there is to do.
    func checkpoint(truncating: Bool) {}

    func rows(_ sql: String) throws(StoreError) -> [[String?]] { try database.rows(sql) }
    func change(_ sql: String) throws(StoreError) -> Int { try database.change(sql) }

    func summary() throws(StoreError) -> StoreSummary {
        guard case .summary(let summary) = try store.run([.summarize])[0] else {
            throw StoreError(.damaged, "A summary was asked for.")
        }
        return summary
    }

    func damage() -> [String] { [] }
}
