internal import GroupCommit
internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// A relay's way to the store, which ends with the relay: the store itself, or a connection to the server
/// that has it.
final class StoreLink: TransactionalStore {
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
                guard server.isTrusted else { throw error }
                return try trusted(batch, error)
            case .brokenAfterCommit:
                _ = try store.writer.run(batch.map(server.counted))
                throw StoreError(.unreachable, "The connection broke after the commit.")
            }
        }
    }

    /// What a relay that takes everything for committed makes of a batch of deliveries.
    private func trusted(
        _ batch: [JournalOperation], _ error: StoreError
    ) throws(StoreError) -> [JournalResult] {
        try batch.map { (operation) throws(StoreError) -> JournalResult in
            guard case .accept = operation else { throw error }
            return .accepted(.accepted(sequence: 0, verdict: .planned, due: []))
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

    func close() {}
}
