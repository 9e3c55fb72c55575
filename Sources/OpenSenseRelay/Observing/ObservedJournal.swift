internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// A journal that says when its store fails, and when it works again, and leaves signs of life.
final class ObservedJournal: Journal {
    private let journal: any Journal
    private let vitals: VitalSigns
    private let now: @Sendable () -> SteadyTime
    private let observe: @Sendable (RelayEvent) -> Void
    private let isFailing = Atomic(false)
    /// When it was last said that the store is slow, in milliseconds; before that, long ago.
    private let saidSlowAt = Atomic(Int.min)

    /// How long an operation takes that is worth a line, in milliseconds.
    static let slowMilliseconds = 500
    private static let slowLineMilliseconds = 60_000

    /// Passes everything on to `journal`.
    init(
        _ journal: any Journal, vitals: VitalSigns, now: @escaping @Sendable () -> SteadyTime,
        observe: @escaping @Sendable (RelayEvent) -> Void
    ) {
        self.journal = journal
        self.vitals = vitals
        self.now = now
        self.observe = observe
    }

    func submit(
        _ operations: [JournalOperation],
        completion: @escaping @Sendable ([Result<JournalResult, StoreError>]) -> Void
    ) {
        let began = now()
        journal.submit(operations) { [self] results in
            completion(results)  // the answers first: senders wait for them
            let ended = now()
            if let first = operations.first { noteDuration(of: first, from: began, to: ended) }
            for (operation, result) in zip(operations, results) { note(operation, result, at: ended) }
        }
    }

    private func note(
        _ operation: JournalOperation, _ result: Result<JournalResult, StoreError>, at now: SteadyTime
    ) {
        switch result {
        case .success(let done):
            if Self.hasWritten(operation, done) { vitals.committed(at: now) }
            guard isFailing.load(ordering: .relaxed) else { return }
            if isFailing.exchange(false, ordering: .relaxed) { observe(.storeRecovered) }
        case .failure(let error):
            // Too much to do is no fault of the store, and a store that is closed is no news.
            if ![.overloaded, .closed].contains(error.kind) {
                isFailing.store(true, ordering: .relaxed)
                vitals.storeFailed()
            }
            observe(.storeFailed(error))
        }
    }

    private func noteDuration(
        of operation: JournalOperation, from began: SteadyTime, to ended: SteadyTime
    ) {
        let took = ended.milliseconds(since: began)
        guard took > Self.slowMilliseconds else { return }
        let last = saidSlowAt.load(ordering: .relaxed)
        guard last == .min || ended.milliseconds - last >= Self.slowLineMilliseconds,
            saidSlowAt.compareExchange(expected: last, desired: ended.milliseconds, ordering: .relaxed)
                .exchanged
        else { return }
        observe(.storeSlow(operation: operation.name, milliseconds: took))
    }

    /// Whether an operation has certainly changed the store: most may find that there is nothing to do.
    private static func hasWritten(_ operation: JournalOperation, _ done: JournalResult) -> Bool {
        switch (operation, done) {
        case (.probe, _), (.accept, .accepted(.accepted)), (.finish, .finished(.recorded)),
            (.finish, .finished(.passed)):
            true
        default: false
        }
    }
}
