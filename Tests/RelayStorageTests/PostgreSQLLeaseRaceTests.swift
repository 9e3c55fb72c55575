import AdapterKit
import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLForTests
import RelayCore
import RelayStorage
import Testing

/// A relay takes due jobs without the locks of their incidents, also in the middle of a transaction in which
/// another relay decides about them.
@Suite(.enabled(if: TestPostgreSQL.server != nil, "make test starts a server"))
struct `A job that another relay takes meanwhile` {
    let world: JournalWorld
    let deciding: PostgreSQLStore
    let taking: PostgreSQLStore

    init() throws {
        world = try JournalWorld(.postgresql)
        (deciding, taking) = (try world.openStore(), try world.openStore())
    }

    /// Takes what is due for a destination.
    private func take(now: Int, from destination: String = "d") throws(StoreError) -> [LeasedJob] {
        let request = LeaseRequest(
            destination: destination, limits: LeaseLimits(10), pick: .urgent, fingerprints: [],
            now: .at(now), leaseMilliseconds: 60_000)
        guard case .leased(let lease) = try taking.run([.lease(request)])[0] else { return [] }
        return lease.jobs
    }

    private func finish(_ report: JobReport, now: Int) throws -> FinishOutcome? {
        guard case .finished(let outcome) = try deciding.run([.finish(report, now: .at(now))])[0] else {
            return nil
        }
        return outcome
    }

    /// Does an operation, and takes what is due when the first step of that kind comes.
    private func run(
        _ operation: JournalOperation, takingAt steps: Set<TransactionStep>, now: Int
    ) throws -> [LeasedJob] {
        var taken: [LeasedJob]?
        deciding.connection.onStep = { [taking = self] step throws(StoreError) in
            if taken == nil, steps.contains(step) { taken = try taking.take(now: now) }
        }
        _ = try deciding.run([operation])
        return taken ?? []
    }

    @Test func `is not left out when its alarm is over and another one begins`() throws {
        _ = try deciding.run([.accept(.of(1, openedAt: 10))])
        _ = try deciding.run([.accept(.of(2, .resolve, openedAt: 10))])
        let taken = try run(.accept(.of(3, openedAt: 20)), takingAt: [.asks, .commits], now: 100)
        try #require(taken.map(\.deliveryID) == ["wh_1"])
        let report = JobReport(taken[0], .delivered(episodeState: nil))
        #expect(try finish(report, now: 200) == .recorded)
        // Its page is sent, so what ends it has to be.
        for name in ["wh_2", "wh_3"] {
            let next = try take(now: 300)
            try #require(next.map(\.deliveryID) == [name])
            _ = try finish(JobReport(next[0], .delivered(episodeState: nil)), now: 300)
        }
    }

    @Test func `cannot be taken any more once it is left out`() throws {
        _ = try deciding.run([.accept(.of(1, openedAt: 10))])
        _ = try deciding.run([.accept(.of(2, .resolve, openedAt: 10))])
        let taken = try run(.accept(.of(3, openedAt: 20)), takingAt: [.commits], now: 100)
        #expect(taken.isEmpty)
        #expect(try take(now: 300).map(\.deliveryID) == ["wh_3"])
    }

    @Test func `is not left out when the failover has the alarm`() throws {
        _ = try deciding.run([.accept(.of(1, openedAt: 10))])
        let first = try take(now: 0)
        let failed = JobReport(first[0], .retry(afterMilliseconds: 1_000, reason: "refused"))
        _ = try finish(failed, now: 0)
        let request = FailOverRequest(
            destination: "d", to: "backup", acceptedBefore: .at(100_000), onlyTried: true)
        _ = try deciding.run([.failOver(request, now: .at(400_000))])
        let copy = try take(now: 400_000, from: "backup")
        let delivered = JobReport(copy[0], .delivered(episodeState: nil))
        let taken = try run(
            .finish(delivered, now: .at(400_000)), takingAt: [.asks, .commits], now: 400_000)
        // It is being sent at this moment; whether the end of the alarm goes there is decided afterwards.
        try #require(taken.map(\.deliveryID) == ["wh_1"])
        var late = JobReport(taken[0], .delivered(episodeState: nil))
        late.mayHaveArrived = true
        #expect(try finish(late, now: 400_000) == .recorded)
    }
}
