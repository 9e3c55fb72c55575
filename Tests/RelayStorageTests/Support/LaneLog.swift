import RelayCore
import RelayStorage
import Synchronization
import Testing

/// What was delivered in which order, by any of the workers.
final class LaneLog: Sendable {
    private let delivered = Mutex<[String: [Int]]>([:])
    private let total = Atomic(0)

    /// Leases and delivers until `count` jobs are delivered by all who work; every third is tried twice.
    func work(on journal: any OpenJournal, _ destination: String, until count: Int) async throws {
        // Only so that a lane that stands still ends the test.
        let deadline = ContinuousClock.now + .seconds(1_800)
        while total.load(ordering: .sequentiallyConsistent) < count, ContinuousClock.now < deadline {
            let jobs = try await journal.lease(3, now: 0, from: destination).jobs
            for job in jobs {
                if job.id % 3 == 0, job.attempts == 0 {
                    try await journal.finish(job, .retry(afterMilliseconds: 0, reason: "r"))
                    continue
                }
                // Noted before it is written down: until then the next one must not come.
                delivered.withLock { $0["\(job.incident) \(destination)", default: []].append(job.id) }
                total.add(1, ordering: .sequentiallyConsistent)
                try await journal.finish(job, .delivered(episodeState: nil))
            }
            if jobs.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    /// Every lane was delivered in the order of its jobs' numbers, none twice.
    func expectOrder(count: Int) {
        let lanes = delivered.withLock { $0 }
        #expect(lanes.values.map(\.count).reduce(0, +) == count)
        for (lane, jobs) in lanes {
            #expect(zip(jobs, jobs.dropFirst()).allSatisfy { $0 < $1 }, "\(lane): \(jobs)")
        }
    }
}
