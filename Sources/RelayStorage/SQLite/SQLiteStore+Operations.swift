internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

extension SQLiteStore {
    /// Does one operation, within the transaction of its batch.
    func run(_ operation: JournalOperation) throws(StoreError) -> JournalResult {
        switch operation {
        case .accept(let acceptance): .accepted(try accept(acceptance))
        case .lease(let request): .leased(try lease(request))
        case .failOver(let request, let now): .moved(try failOver(request, now: now))
        case .advance(let held, let progress, let now):
            .held(try advance(held, progress: progress, now: now))
        case .finish(let report, let now): .finished(try finish(report, now: now))
        case .renew(let held, let now, let leaseMilliseconds):
            .held(try renew(held, now: now, leaseMilliseconds: leaseMilliseconds))
        case .release(let held, let now, let wait):
            try done { () throws(StoreError) in
                try release(held, due: now.adding(milliseconds: wait), now: now)
            }
        case .quarantine(let capture): .quarantined(try quarantine(capture))
        case .probe(let now): try done { () throws(StoreError) in try probe(now: now) }
        case .prune(let retention, let now, let running):
            .pruned(try prune(retention, now: now, running: running))
        case .mend(let now): .mended(try mend(now: now))
        case .takeRequests(let limit): .requests(try takeRequests(limit: limit))
        case .settle(let settlement): try done { () throws(StoreError) in try settle(settlement) }
        case .survey(let request, let now): .surveyed(try survey(request, now: now))
        case .look(let incident, let destination, let state): .seen(try look(incident, destination, state))
        case .summarize: .summary(try summary())
        }
    }

    private func done(_ body: () throws(StoreError) -> Void) throws(StoreError) -> JournalResult {
        try body()
        return .done
    }
}
