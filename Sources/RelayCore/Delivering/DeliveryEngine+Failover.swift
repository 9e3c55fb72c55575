internal import OpenSenseWebhooks

/// What waits at a destination in trouble is offered to its failover.
extension DeliveryEngine {
    /// How often the journal is asked what has waited for too long, in milliseconds.
    static let failoverMilliseconds = 5_000
    /// For how long after a failure that goes on: the longest pause between two attempts, and some.
    static let failoverKeptMilliseconds = 660_000

    /// Asks the journal, for each destination in trouble, to give away the opens that wait for too long.
    ///
    /// One that only waits for its vendor's pace stays: the vendor takes it in time.
    mutating func failOverWhatWaits() {
        guard !isDraining else { return }
        for name in destinations.keys.sorted() {
            guard let time = nextFailOver(of: name, at: now), time <= now,
                let spec = destinations[name]?.spec, let failover = spec.failover
            else { continue }
            destinations[name]?.failoverDueAt = now.adding(milliseconds: Self.failoverMilliseconds)
            let request = FailOverRequest(
                destination: name, to: failover,
                acceptedBefore: wallNow.adding(milliseconds: -spec.failoverAfterSeconds * 1_000),
                onlyTried: !(vendors[spec.vendorName]?.isResting(at: now) ?? false))
            put(.journal(.failOver(request, now: wallNow)))
        }
    }

    /// When the failover of a destination is to be offered what waits there; nil while all is well.
    func nextFailOver(of name: String, at now: SteadyTime) -> SteadyTime? {
        guard let destination = destinations[name], !isDraining, !destination.isRetired,
            destination.spec.failover != nil
        else { return nil }
        let isResting = vendors[destination.spec.vendorName]?.isResting(at: now) ?? false
        let isRecent = now.milliseconds(since: destination.failedAt) < Self.failoverKeptMilliseconds
        return isResting || isRecent ? destination.failoverDueAt : nil
    }

    /// The destinations at which attempts fail and none succeeds, since when, and why the last one failed.
    func stalledDestinations(at now: SteadyTime) -> [(name: String, since: SteadyTime, reason: String)] {
        destinations.values.compactMap { destination in
            guard let failing = destination.failing,
                now.milliseconds(since: destination.failedAt) < Self.failoverKeptMilliseconds
            else { return nil }
            return (destination.spec.name, failing.since, failing.reason)
        }
    }

    /// The places at which this relay can do work, by destination.
    var knownPlaces: [String: [String]] {
        destinations.filter { !$0.value.isRetired }.mapValues(\.spec.fingerprints)
    }

    mutating func failedOver(_ request: FailOverRequest, _ result: Result<Int, StoreError>) {
        guard case .success(let moved) = result, moved > 0 else { return }
        put(.observe(.failedOver(destination: request.destination, to: request.to, jobs: moved)))
        destinations[request.to]?.nextDueAt = now
    }
}
