internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// A journal that says when its store fails, and when it works again.
final class ObservedJournal: Journal {
    private let journal: any Journal
    private let observe: @Sendable (RelayEvent) -> Void
    private let isFailing = Atomic(false)

    /// Passes everything on to `journal`.
    init(_ journal: any Journal, observe: @escaping @Sendable (RelayEvent) -> Void) {
        self.journal = journal
        self.observe = observe
    }

    func accept(
        _ acceptance: Acceptance,
        completion: @escaping @Sendable (Result<AcceptanceOutcome, StoreError>) -> Void
    ) { journal.accept(acceptance, completion: noting(completion)) }

    func lease(
        destination: String, limit: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Lease, StoreError>) -> Void
    ) {
        journal.lease(
            destination: destination, limit: limit, now: now, leaseMilliseconds: leaseMilliseconds,
            completion: noting(completion))
    }

    func finish(
        _ report: JobReport, now: WallTime,
        completion: @escaping @Sendable (Result<FinishOutcome, StoreError>) -> Void
    ) { journal.finish(report, now: now, completion: noting(completion)) }

    func renew(
        job: Int, lease: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        journal.renew(
            job: job, lease: lease, now: now, leaseMilliseconds: leaseMilliseconds,
            completion: noting(completion))
    }

    func quarantine(
        _ capture: QuarantinedRequest,
        completion: @escaping @Sendable (Result<QuarantineOutcome, StoreError>) -> Void
    ) { journal.quarantine(capture, completion: noting(completion)) }

    func probe(now: WallTime, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        journal.probe(now: now, completion: noting(completion))
    }

    func prune(
        _ retention: Retention, now: WallTime, running: Int,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) { journal.prune(retention, now: now, running: running, completion: noting(completion)) }

    private func noting<Value>(
        _ completion: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) -> @Sendable (Result<Value, StoreError>) -> Void {
        { [self] result in
            completion(result)  // the answer first: a sender waits for it
            switch result {
            case .success:
                guard isFailing.load(ordering: .relaxed) else { return }
                if isFailing.exchange(false, ordering: .relaxed) { observe(.storeRecovered) }
            case .failure(let error):
                // Too much to do is no fault of the store, and a store that is closed is no news.
                if ![.overloaded, .closed].contains(error.kind) {
                    isFailing.store(true, ordering: .relaxed)
                }
                observe(.storeFailed(error))
            }
        }
    }
}
