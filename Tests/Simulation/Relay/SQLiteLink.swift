internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage
internal import SQLiteClient

/// A store in SQLite's statements: the relay's own, or behind the network to a server that has it.
final class SQLiteLink: SimulatedStore {
    private let store: OpenStore
    private let server: SimulatedServer?
    private let destinations: Set<String>

    init(_ store: OpenStore, server: SimulatedServer?, destinations: Set<String>) {
        (self.store, self.server, self.destinations) = (store, server, destinations)
    }

    func run(_ batch: [JournalOperation]) throws(StoreError) -> [JournalResult] {
        guard let server else { return try store.writer.run(batch) }
        var attempts = TransactionAttempts()
        while true {
            attempts.begin()
            switch server.nextFault() {
            case .none: return try store.writer.run(batch.map(server.counted)).map(own)
            case .raced:
                let error = StoreError(.inUse, "A concurrent transaction was faster.")
                guard attempts.mayRepeat(after: error, hasRead: true, wasRaced: true) else { throw error }
            case .brokenBefore:
                let error = StoreError(.unreachable, "The connection is broken.")
                guard attempts.mayRepeat(after: error, hasRead: false, wasRaced: false) else { throw error }
            case .brokenBeforeCommit:
                let error = StoreError(.unreachable, "The connection broke before the commit.")
                return try server.trusted(batch, error)
            case .brokenAfterCommit:
                _ = try store.writer.run(batch.map(server.counted))
                throw StoreError(.unreachable, "The connection broke after the commit.")
            }
        }
    }

    /// Without the destinations of which only another relay needs to know that they have work.
    private func own(_ result: JournalResult) -> JournalResult {
        guard case .accepted(.accepted(let sequence, let verdict, let reason, let due)) = result else {
            return result
        }
        return .accepted(
            .accepted(
                sequence: sequence, verdict: verdict, reason: reason,
                due: due.filter(destinations.contains)))
    }

    func concernsAll(_ error: StoreError) -> Bool {
        server == nil ? store.writer.concernsAll(error) : [.unreachable, .full].contains(error.kind)
    }

    func betweenTransactions() { store.writer.betweenTransactions() }

    func checkpoint(truncating: Bool) {
        _ = try? store.besides.checkpoint(truncating: truncating)  // tried again the next time
    }

    // MARK: What the checker asks

    func rows(_ sql: String) throws(StoreError) -> [[String?]] {
        try store.connection.prepare(sql).allRows([Int]()) { $0.optionalText($1) }
    }

    func change(_ sql: String) throws(StoreError) -> Int {
        try store.connection.execute(sql)
        return store.connection.changes
    }

    func summary() throws(StoreError) -> StoreSummary { try store.writer.summary() }

    func damage() throws(StoreError) -> [String] {
        try rows("PRAGMA integrity_check").compactMap(\.[0]).filter { $0 != "ok" }
    }
}
