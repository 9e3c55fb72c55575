internal import OpenSenseWebhooks
internal import RelayCore

/// The database server that relays share, and the network to it.
///
/// It never loses what it has committed, and its clock is right. It undoes transactions in favour of others,
/// has them wait, so that those of several relays take place in any order, and its connections break at every
/// moment: before a transaction, in the middle, or after the commit, of which the relay does not hear then.
///
/// What is committed is done by the statements of SQLite's store, which has the same tables and the same
/// contract as PostgreSQL's; the tests of RelayStorage hold both to it.
final class SimulatedServer {
    /// What befalls a transaction.
    enum Fault { case none, raced, brokenBefore, brokenBeforeCommit, brokenAfterCommit }

    private let disk: SimulatedDisk
    private let ledgerGeneration: Int
    private var store: OpenStore?
    private var random: SeededRandom
    /// When a relay last said for how long it had run.
    private var countedAt: WallTime?
    /// What goes wrong at the moment.
    var faults = Scenario.Sharing()
    /// Whether no relay can reach it.
    var isAway = false
    /// Whether a relay takes for committed what broke off before the commit.
    let isTrusted: Bool

    init(
        disk: SimulatedDisk, ledgerGeneration: Int, mutation: Mutation?, random: SeededRandom
    ) {
        (self.disk, self.ledgerGeneration, self.random) = (disk, ledgerGeneration, random)
        isTrusted = mutation == .trustBrokenConnections
    }

    func connect() throws(StoreError) -> OpenStore {
        guard !isAway else { throw StoreError(.unreachable, "The server cannot be reached.") }
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

    /// Lets go of the store, which no relay has any more.
    func close() { store = nil }

    func nextFault() -> Fault {
        if isAway { return .brokenBefore }
        if random.chance(faults.raced) { return .raced }
        if random.chance(faults.brokenBefore) { return .brokenBefore }
        guard random.chance(faults.broken) else { return .none }
        return random.chance(500) ? .brokenBeforeCommit : .brokenAfterCommit
    }

    /// How long a batch waits for the locks of others, in milliseconds; seldom longer than a lease.
    func commitMilliseconds() -> Int {
        if random.chance(faults.frozen) { return random.between(50_000...90_000) }
        return random.chance(faults.waiting) ? random.span(10...8_000) : random.between(0...4)
    }

    /// Whether the next request goes to the other relay.
    func sendsToPeer() -> Bool { random.chance(500) }
}
