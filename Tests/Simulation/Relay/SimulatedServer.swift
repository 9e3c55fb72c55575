internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// The database server that relays share, and the network to it.
///
/// It never loses what it has committed, and its clock is right. It undoes transactions in favour of others,
/// has them wait, so that those of several relays take place in any order, and its connections break at every
/// moment: before a transaction, in the middle, or after the commit, of which the relay does not hear then.
///
/// What is committed is done by PostgreSQL's store on a real server, where there is one. Elsewhere the
/// statements of SQLite's store do it, which has the same tables and the same contract; the tests of
/// RelayStorage hold both to it.
final class SimulatedServer {
    /// What befalls a transaction.
    enum Fault { case none, raced, brokenBefore, brokenBeforeCommit, brokenAfterCommit }

    /// The real server's schema; nil where SQLite's statements stand in for it.
    let database: SimulatedPostgreSQL?
    private let disk: SimulatedDisk
    private let ledgerGeneration: Int
    private var store: OpenStore?
    private var random: SeededRandom
    /// When a relay last said for how long it had run.
    private var countedAt: WallTime?
    /// Whether several relays have their store there.
    let isShared: Bool
    /// Has a relay do now what it can do in the middle of another one's transaction.
    var onRoom: () -> Void = {}
    /// What goes wrong at the moment.
    var faults = Scenario.Sharing()
    /// Whether no relay can reach it.
    var isAway = false
    /// Whether a relay takes for committed what broke off before the commit.
    private let isTrusted: Bool

    init(
        disk: SimulatedDisk, ledgerGeneration: Int, database: SimulatedPostgreSQL?, isShared: Bool,
        mutation: Mutation?, random: SeededRandom
    ) {
        (self.database, self.isShared) = (database, isShared)
        (self.disk, self.ledgerGeneration, self.random) = (disk, ledgerGeneration, random)
        isTrusted = mutation == .trustBrokenConnections
    }

    /// The way of a relay that starts to the store.
    ///
    /// - Parameter destinations: The relay's.
    func connect(
        _ destinations: Set<String>, now: WallTime
    ) throws(StoreError) -> any SimulatedStore {
        guard !isAway else { throw StoreError(.unreachable, "The server cannot be reached.") }
        if let database {
            return try PostgreSQLLink(database, self, destinations: destinations, now: now)
        }
        return SQLiteLink(try openStore(), server: self, destinations: destinations)
    }

    private func openStore() throws(StoreError) -> OpenStore {
        if let store { return store }
        let made = try OpenStore(disk, nil, ledgerGeneration: ledgerGeneration)
        store = made
        return made
    }

    /// The operation with the time that relays have run since any of them said so.
    ///
    /// As PostgreSQL's store counts it: of several that run at the same time only one.
    func counted(_ operation: JournalOperation) -> JournalOperation {
        guard case .prune(let retention, let now, let running) = operation else { return operation }
        let passed = countedAt.map { max(now.milliseconds(since: $0), 0) } ?? running
        countedAt = now
        return .prune(retention, now: now, running: min(running, passed))
    }

    /// A person's way to the store.
    func desk() throws(StoreError) -> StoreDesk {
        guard let database else {
            return try StoreDesk(sqlitePath: SimulatedJournal.path, fileSystem: disk.name)
        }
        guard !isAway else { throw StoreError(.unreachable, "The server cannot be reached.") }
        try database.setClock()
        return try StoreDesk(postgreSQL: database.connectionString)
    }

    /// A moment in a relay's transaction at which another relay may take jobs, which it does without the
    /// locks of their incidents.
    func leaveRoom() {
        if random.chance(faults.leasedMeanwhile) { onRoom() }
    }

    /// Lets go of the store, which no relay has any more.
    func close() {
        store = nil
        database?.close()
    }

    /// What a relay makes of a batch whose connection broke before the commit: nothing, unless it takes
    /// everything for committed.
    func trusted(_ batch: [JournalOperation], _ error: StoreError) throws(StoreError) -> [JournalResult] {
        guard isTrusted else { throw error }
        return try batch.map { (operation) throws(StoreError) -> JournalResult in
            guard case .accept = operation else { throw error }
            return .accepted(.accepted(sequence: 0, verdict: .planned, due: []))
        }
    }

    func nextFault() -> Fault {
        if isAway { return .brokenBefore }
        if random.chance(faults.raced) { return .raced }
        if random.chance(faults.brokenBefore) { return .brokenBefore }
        guard random.chance(faults.broken) else { return .none }
        return random.chance(500) ? .brokenBeforeCommit : .brokenAfterCommit
    }

    /// How many statements in the middle of a transaction go well before its fault.
    func stepsBeforeFault() -> Int { random.between(0...3) }

    /// How long a batch waits for the locks of others, in milliseconds; seldom longer than a lease.
    func commitMilliseconds() -> Int {
        if random.chance(faults.frozen) { return random.between(50_000...90_000) }
        return random.chance(faults.waiting) ? random.span(10...8_000) : random.between(0...4)
    }

    /// Whether the next request goes to the other relay.
    func sendsToPeer() -> Bool { random.chance(500) }
}
