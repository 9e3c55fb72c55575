package import OpenSenseWebhooks

// TRANSITIONAL, to be deleted: a method for each operation, for callers that do not submit operations yet.
extension Journal {
    package func accept(
        _ acceptance: Acceptance,
        completion: @escaping @Sendable (Result<AcceptanceOutcome, StoreError>) -> Void
    ) {
        submit(.accept(acceptance), completion) {
            if case .accepted(let outcome) = $0 { outcome } else { nil }
        }
    }

    package func lease(
        destination: String, limit: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Lease, StoreError>) -> Void
    ) {
        submit(
            .lease(
                destination: destination, limit: limit, now: now, leaseMilliseconds: leaseMilliseconds),
            completion
        ) { if case .leased(let lease) = $0 { lease } else { nil } }
    }

    package func finish(
        _ report: JobReport, now: WallTime,
        completion: @escaping @Sendable (Result<FinishOutcome, StoreError>) -> Void
    ) {
        submit(.finish(report, now: now), completion) {
            if case .finished(let outcome) = $0 { outcome } else { nil }
        }
    }

    package func renew(
        job: Int, lease: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        submit(
            .renew(HeldJob(job: job, lease: lease), now: now, leaseMilliseconds: leaseMilliseconds),
            completion
        ) { if case .held(let isHeld) = $0 { isHeld } else { nil } }
    }

    package func quarantine(
        _ capture: QuarantinedRequest,
        completion: @escaping @Sendable (Result<QuarantineOutcome, StoreError>) -> Void
    ) {
        submit(.quarantine(capture), completion) {
            if case .quarantined(let outcome) = $0 { outcome } else { nil }
        }
    }

    package func probe(now: WallTime, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        submit(.probe(now: now)) { completion($0.map { _ in }) }
    }

    package func prune(
        _ retention: Retention, now: WallTime, running: Int,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        submit(.prune(retention, now: now, running: running), completion) {
            if case .pruned(let count) = $0 { count } else { nil }
        }
    }

    private func submit<Value>(
        _ operation: JournalOperation,
        _ completion: @escaping @Sendable (Result<Value, StoreError>) -> Void,
        _ read: @escaping @Sendable (JournalResult) -> Value?
    ) {
        submit(operation) { result in
            completion(
                result.map { result in
                    guard let value = read(result) else {
                        preconditionFailure("An operation came to the result of another one.")
                    }
                    return value
                })
        }
    }
}
