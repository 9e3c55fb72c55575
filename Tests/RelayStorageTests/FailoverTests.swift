import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// An alarm that its destination does not take goes to another one.
@Suite struct `A failover` {
    typealias Kind = JournalWorld.Kind

    struct World {
        let journal: any OpenJournal

        init(_ kind: Kind) throws { journal = try JournalWorld(kind).open() }

        func failOver(now: Int, after: Int = 300_000, onlyTried: Bool = true) async throws -> Int {
            let request = FailOverRequest(
                destination: "d", to: "backup", acceptedBefore: .at(now - after), onlyTried: onlyTried)
            guard case .moved(let count) = try await journal.perform(.failOver(request, now: .at(now)))
            else { throw Unlike() }
            return count
        }

        /// Tries the job that is due, and fails.
        func fail(now: Int, mayHaveArrived: Bool = false, failover: String? = nil) async throws {
            let job = try await journal.only(now: now)
            var report = JobReport(
                job, .retry(afterMilliseconds: 1_000, reason: "refused", failover: failover))
            report.mayHaveArrived = mayHaveArrived
            _ = try await journal.perform(.finish(report, now: .at(now)))
        }

        /// An open that the other destination gets while an attempt at the first is on its way.
        func takenOverWhileSending() async throws -> LeasedJob {
            _ = try await journal.accept(.of(1, openedAt: 10))
            try await fail(now: 0)
            let late = try await journal.only(now: 400_000)
            #expect(try await failOver(now: 400_000) == 1)
            #expect(try await deliver(from: "backup", now: 400_000) == .open)
            return late
        }

        func deliver(from destination: String, now: Int) async throws -> IncidentUpdate.Action {
            let job = try await journal.only(now: now, from: destination)
            try await journal.finish(job, .delivered(episodeState: nil), now: now)
            return job.action
        }
    }

    @Test(arguments: Kind.available) func `gets what has failed for five minutes, and only once`(
        _ kind: Kind
    ) async throws {
        let world = try World(kind)
        defer { world.journal.close() }
        _ = try await world.journal.accept(.of(1, openedAt: 10))
        _ = try await world.journal.accept(.of(2, site: "waits for pace"))
        for job in try await world.journal.lease(1, now: 0).jobs {
            try await world.journal.finish(job, .retry(afterMilliseconds: 1_000, reason: "refused"))
        }
        #expect(try await world.failOver(now: 300_000) == 0)
        #expect(try await world.failOver(now: 300_001) == 1)
        #expect(try await world.failOver(now: 300_001) == 0)
        #expect(try await world.journal.only(now: 300_001, from: "backup").deliveryID == "wh_1")
        // Nothing is sent to the vendor, so what has not been tried waits for nothing.
        #expect(try await world.failOver(now: 300_001, onlyTried: false) == 1)
    }

    @Test(arguments: Kind.available, [true, false])
    func `takes over what waits, and leaves the end to be sent where the alarm may have arrived`(
        _ kind: Kind, _ mayHaveArrived: Bool
    ) async throws {
        let world = try World(kind)
        defer { world.journal.close() }
        _ = try await world.journal.accept(.of(1, openedAt: 10))
        _ = try await world.journal.accept(.of(2, .acknowledge, openedAt: 10))
        try await world.fail(now: 0, mayHaveArrived: mayHaveArrived)
        #expect(try await world.failOver(now: 400_000) == 1)
        #expect(try await world.deliver(from: "backup", now: 400_000) == .open)
        #expect(try await world.deliver(from: "backup", now: 400_000) == .acknowledge)
        #expect(try await world.journal.lease(10, now: 500_000).jobs.isEmpty)
        _ = try await world.journal.accept(.of(3, .resolve, openedAt: 20, receivedAt: 500_000))
        #expect(try await world.deliver(from: "backup", now: 500_000) == .resolve)
        let there = try await world.journal.lease(10, now: 500_000).jobs
        #expect(there.map(\.action) == (mayHaveArrived ? [.resolve] : []))
    }

    @Test(arguments: Kind.available) func `leaves alone what the first has taken in the end`(_ kind: Kind)
        async throws
    {
        let world = try World(kind)
        defer { world.journal.close() }
        let late = try await world.takenOverWhileSending()
        try await world.journal.finish(late, .delivered(episodeState: nil), now: 400_001)
        _ = try await world.journal.accept(.of(2, .resolve, openedAt: 20, receivedAt: 400_002))
        #expect(try await world.deliver(from: "d", now: 400_002) == .resolve)
        #expect(try await world.deliver(from: "backup", now: 400_002) == .resolve)
    }

    @Test(arguments: Kind.available) func `takes over an open whose last attempt was on its way`(_ kind: Kind)
        async throws
    {
        let world = try World(kind)
        defer { world.journal.close() }
        let late = try await world.takenOverWhileSending()
        try await world.journal.finish(late, .retry(afterMilliseconds: 0, reason: "r"), now: 400_001)
        #expect(try await world.journal.lease(10, now: 500_000).jobs.isEmpty)
    }

    @Test(arguments: Kind.available) func `gets what the vendor refuses the credentials of, at once`(
        _ kind: Kind
    ) async throws {
        let world = try World(kind)
        defer { world.journal.close() }
        _ = try await world.journal.accept(.of(1, openedAt: 10))
        try await world.fail(now: 0, failover: "backup")
        try await world.fail(now: 1_000, failover: "backup")
        #expect(try await world.journal.only(now: 1_000, from: "backup").action == .open)
    }

    @Test(arguments: Kind.available)
    func `gets the next alarm, too, while the first keeps what may have arrived`(
        _ kind: Kind
    ) async throws {
        let world = try World(kind)
        defer { world.journal.close() }
        _ = try await world.journal.accept(.of(1, openedAt: 10))
        try await world.fail(now: 0, mayHaveArrived: true)
        _ = try await world.journal.accept(.of(2, .resolve, openedAt: 20))
        _ = try await world.journal.accept(.of(3, openedAt: 30))
        #expect(try await world.failOver(now: 400_000) == 1)
        #expect(try await world.deliver(from: "backup", now: 400_000) == .open)
        _ = try await world.journal.accept(.of(4, .resolve, openedAt: 40, receivedAt: 400_000))
        #expect(try await world.deliver(from: "backup", now: 400_000) == .resolve)
        _ = try await world.journal.accept(.of(5, openedAt: 50, receivedAt: 400_000))
        #expect(try await world.failOver(now: 800_000) == 1)
        #expect(try await world.deliver(from: "backup", now: 800_000) == .open)
        #expect(try await world.failOver(now: 800_000) == 0)
    }

    /// The vendor may have got what a dead relay was sending.
    @Test(arguments: Kind.available) func `leaves the end to be sent where a relay died while it sent`(
        _ kind: Kind
    ) async throws {
        let world = try World(kind)
        defer { world.journal.close() }
        _ = try await world.journal.accept(.of(1, openedAt: 10))
        _ = try await world.journal.only(now: 0)
        try await world.fail(now: 61_000)
        #expect(try await world.failOver(now: 400_000) == 1)
        #expect(try await world.deliver(from: "backup", now: 400_000) == .open)
        _ = try await world.journal.accept(.of(2, .resolve, openedAt: 20, receivedAt: 400_000))
        #expect(try await world.deliver(from: "d", now: 400_000) == .resolve)
    }

    /// Its vendor refuses the key for the end of one alarm, and for the next.
    @Test(arguments: Kind.available) func `leaves the end of what was delivered to be sent`(_ kind: Kind)
        async throws
    {
        let world = try World(kind)
        defer { world.journal.close() }
        _ = try await world.journal.accept(.of(1, openedAt: 10))
        #expect(try await world.deliver(from: "d", now: 0) == .open)
        _ = try await world.journal.accept(.of(2, .resolve, openedAt: 20))
        try await world.fail(now: 0)
        _ = try await world.journal.accept(.of(3, openedAt: 30))
        #expect(try await world.failOver(now: 400_000) == 1)
        #expect(try await world.deliver(from: "backup", now: 400_000) == .open)
        #expect(try await world.deliver(from: "d", now: 400_000) == .resolve)
        #expect(try await world.journal.lease(10, now: 500_000).jobs.isEmpty)
    }

    /// A resolve that an open always waits behind is passed, and the open is to go once more behind another:
    /// of the first alarm something is open still.
    @Test(arguments: Kind.available, [false, true])
    func `gets the open alone of what was to page again, and leaves the ends`(
        _ kind: Kind, _ isAcknowledgedBefore: Bool
    ) async throws {
        let world = try World(kind)
        defer { world.journal.close() }
        _ = try await world.journal.accept(.of(1, openedAt: 10))
        #expect(try await world.deliver(from: "d", now: 0) == .open)
        _ = try await world.journal.accept(.of(2, .resolve, openedAt: 20))
        _ = try await world.journal.accept(.of(3, openedAt: 30))
        let acknowledgement = try Acceptance.of(4, .acknowledge, openedAt: 30)
        // What a person has acknowledged does not page again.
        if isAcknowledgedBefore { _ = try await world.journal.accept(acknowledgement) }
        try await world.fail(now: 61_000)
        #expect(try await world.journal.summary().pendingJobs == (isAcknowledgedBefore ? 2 : 3))
        if !isAcknowledgedBefore { _ = try await world.journal.accept(acknowledgement) }
        _ = try await world.journal.accept(.of(5, .resolve, openedAt: 40))
        // The open is refused its credentials.
        try await world.fail(now: 61_000, failover: "backup")
        #expect(try await world.deliver(from: "backup", now: 61_000) == .open)
        #expect(try await world.deliver(from: "backup", now: 61_000) == .acknowledge)
        #expect(try await world.deliver(from: "backup", now: 61_000) == .resolve)
        #expect(try await world.journal.lease(10, now: 700_000, from: "backup").jobs.isEmpty)
        for _ in 0..<(isAcknowledgedBefore ? 1 : 2) {
            #expect(try await world.deliver(from: "d", now: 700_000) == .resolve)
        }
        #expect(try await world.journal.lease(10, now: 700_000).jobs.isEmpty)
    }

    @Test(arguments: Kind.available) func `gets no alarm that is over`(_ kind: Kind) async throws {
        let world = try World(kind)
        defer { world.journal.close() }
        _ = try await world.journal.accept(.of(1, openedAt: 10))
        try await world.fail(now: 0)
        _ = try await world.journal.accept(.of(2, .resolve, openedAt: 20))
        #expect(try await world.failOver(now: 400_000) == 0)
    }
}
