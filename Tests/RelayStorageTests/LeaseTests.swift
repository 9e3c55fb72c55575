import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// Who has a job, what becomes of it, and what becomes of those behind it: over all journals.
@Suite struct `A job in the journal` {
    typealias Kind = JournalWorld.Kind

    @Test(arguments: Kind.available)
    func `belongs to the latest lease, and an older one cannot report its outcome`(_ kind: Kind) async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        let late = try await journal.only()
        let taker = try await journal.only(now: 60_000)
        #expect((late.lease, taker.lease) == (1, 2))
        #expect((late.triedMilliseconds, taker.triedMilliseconds) == (0, 0))
        for outcome: JobOutcome in [
            .delivered(episodeState: "late"), .retry(afterMilliseconds: 0, reason: "r"),
            .dead(.init(reason: "r")),
        ] {
            #expect(try await journal.finish(late, outcome, now: 60_000) == .leaseLost)
        }
        #expect(try await journal.lease(10, now: 60_000).jobs.isEmpty)
        #expect(try await journal.finish(taker, .delivered(episodeState: "c"), now: 60_000) == .recorded)
        #expect(try await journal.finish(taker, .delivered(episodeState: "c"), now: 60_000) == .leaseLost)
        let next = try await journal.only(now: 60_000)
        #expect((next.deliveryID, next.episodeState, next.attempts) == ("wh_2", "c", 0))
    }

    @Test(arguments: Kind.available)
    func
        `that is a dead letter already is reported as one by who had it, as the first commit may not be heard of`(
            _ kind: Kind
        ) async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        for (number, holdsLane) in [(1, false), (2, true)] {
            _ = try await journal.accept(.of(number, site: "s\(number)"))
            let job = try await journal.only()
            let dead = JobOutcome.dead(.init(reason: "400", holdsLane: holdsLane))
            #expect(try await journal.finish(job, dead) == .recorded)
            #expect(try await journal.finish(job, dead) == .recorded)
            #expect(try await journal.finish(job, .delivered(episodeState: nil)) == .leaseLost)
            var earlier = job
            earlier.lease -= 1
            #expect(try await journal.finish(earlier, dead) == .leaseLost)
        }
    }

    @Test(arguments: Kind.available) func `is held for longer by who renews its lease`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let job = try await journal.only()
        #expect(try await journal.renew(job, until: 100_000))
        #expect(try await journal.lease(1, now: 99_999).jobs.isEmpty)
        let taker = try await journal.only(now: 100_000)
        #expect(try await journal.renew(job, until: 200_000) == false)
        #expect(try await journal.finish(taker, .delivered(episodeState: nil)) == .recorded)
        #expect(try await journal.renew(taker, until: 200_000) == false)
    }

    @Test(arguments: Kind.available)
    func `at the head of a lane that stands still is found, and nothing else is touched`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        // Lanes that wait behind a due one, a leased one and a dead letter, and more than one call looks at.
        let count = StoreLimits.lanesLookedAtMax + 5
        for number in 1...count {
            _ = try await journal.accept(.of(number, .open, site: "s\(number)", openedAt: 10))
        }
        for number in 1...3 {
            _ = try await journal.accept(
                .of(count + number, .acknowledge, site: "s\(number)", openedAt: 10))
        }
        let leased = try await journal.lease(2, now: 0).jobs
        try await journal.finish(leased[0], .dead(.init(reason: "400", holdsLane: true)))
        #expect(try await journal.mend(now: 0) == [:])
        #expect(try await journal.mend(now: 0) == [:])
        // A hand in the store, or a fault: two heads lose their time.
        guard kind != .memory else { return }
        try world.execute(
            "UPDATE jobs SET due_at = NULL WHERE state = 'pending' AND id / 128 IN (7, \(count))")
        var mended = 0
        for _ in 0..<3 { mended += try await journal.mend(now: 0).values.reduce(0, +) }
        #expect(mended == 2)
        for _ in 0..<3 { #expect(try await journal.mend(now: 0) == [:]) }
        #expect(try await journal.lease(count, now: 0).jobs.count == count - 2)
    }

    @Test(arguments: Kind.available) func `counts the time from its first try`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let first = try await journal.only(now: 1_000)
        try await journal.finish(first, .retry(afterMilliseconds: 3_000, reason: "503"), now: 2_000)
        #expect(try await journal.lease(1, now: 4_999).nextDueInMilliseconds == 1)
        _ = try await journal.prune(now: 5_000, running: 4_000)
        let second = try await journal.only(now: 5_000)
        #expect((second.triedMilliseconds, second.attempts, second.lease) == (4_000, 1, 2))
    }

    @Test(arguments: Kind.available)
    func `holds its lane as a dead letter, until a newer alarm passes it`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        _ = try await journal.accept(.of(2, .acknowledge, openedAt: 10))
        try await journal.finish(journal.only(), .dead(.init(reason: "400", holdsLane: true)))
        #expect(try await journal.lease(10, now: 0).jobs.isEmpty)
        #expect(
            try await journal.accept(.of(3, .resolve, openedAt: 20))
                == .accepted(sequence: 3, verdict: .planned, due: []))
        #expect(try await journal.lease(10, now: 0).jobs.isEmpty)
        guard
            case .accepted(_, .planned, _, let due) = try await journal.accept(.of(4, .open, openedAt: 30))
        else {
            Issue.record("the newer alarm was not planned")
            return
        }
        #expect(due == ["d"])
        // What waited goes first, in its order.
        for expected in ["wh_2", "wh_3", "wh_4"] {
            let job = try await journal.only()
            #expect(job.deliveryID == expected)
            try await journal.finish(job, .delivered(episodeState: nil))
        }
        #expect(try await journal.summary().deadJobs == 1)
    }

    @Test(arguments: Kind.available) func `holds up no newer alarm that waits already`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        let first = try await journal.only()
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        _ = try await journal.accept(.of(3, .open, openedAt: 30))
        try await journal.finish(first, .dead(.init(reason: "400", holdsLane: true)))
        #expect(try await journal.only().deliveryID == "wh_2")
    }

    @Test(arguments: Kind.available) func `holds up no other lane as a dead letter`(_ kind: Kind) async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10, to: ["d", "e"]))
        try await journal.finish(journal.only(), .dead(.init(reason: "400", holdsLane: true)))
        let other = try await journal.only(from: "e")
        try await journal.finish(other, .delivered(episodeState: nil))
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20, to: ["d", "e"]))
        #expect(try await journal.only(from: "e").action == .resolve)
        #expect(try await journal.lease(1, now: 0).jobs.isEmpty)
        _ = try await journal.accept(.of(3, .open, site: "other"))
        #expect(try await journal.only().deliveryID == "wh_3")
    }

    @Test(arguments: Kind.available)
    func `goes to the failover when it is dead, and what follows of its alarm goes there, too`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        let dead = JobOutcome.dead(.init(reason: "410", failover: "backup"))
        try await journal.finish(journal.only(), dead)
        let handed = try await journal.only(from: "backup")
        #expect((handed.deliveryID, handed.action) == ("wh_1", .open))
        #expect(
            try await journal.accept(.of(2, .resolve, openedAt: 20))
                == .accepted(sequence: 2, verdict: .planned, due: ["d"]))
        // It waits for the open there.
        #expect(try await journal.lease(1, now: 0, from: "backup").jobs.isEmpty)
        try await journal.finish(handed, .delivered(episodeState: nil))
        #expect(try await journal.only(from: "backup").action == .resolve)
        // Each job of one delivery has a different number.
        let resolve = try await journal.only()
        try await journal.finish(resolve, dead)
        #expect(try await journal.summary().deadJobs == 2)
    }

    @Test(arguments: Kind.available) func `goes to two failovers from two destinations`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10, to: ["d", "e"]))
        let jobs = try await [journal.only(), journal.only(from: "e")]
        // At once, so that they share a batch.
        try await withThrowingTaskGroup(of: FinishOutcome.self) { group in
            for job in jobs {
                let letter = JobOutcome.DeadLetter(reason: "410", failover: "backup of \(job.destination)")
                group.addTask { try await journal.finish(job, .dead(letter)) }
            }
            for try await outcome in group { #expect(outcome == .recorded) }
        }
        #expect(try await journal.only(from: "backup of d").action == .open)
        #expect(try await journal.only(from: "backup of e").action == .open)
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        #expect(try await journal.summary().pendingJobs == 6)
    }

    @Test(arguments: Kind.available) func `is leased with many others, longest due first`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        for number in 0..<50 {
            _ = try await journal.accept(.of(number, site: "s\(number)", receivedAt: 1_000 - number))
        }
        let first = try await journal.lease(20, now: 1_000)
        #expect(first.jobs.map(\.deliveryID) == (30..<50).reversed().map { "wh_\($0)" })
        #expect(first.nextDueInMilliseconds == 0)
        let rest = try await journal.lease(100, now: 1_000)
        #expect(rest.jobs.count == 30)
        #expect(rest.nextDueInMilliseconds == 60_000)
    }

    /// Accepts, leases and ends jobs of few lanes from many tasks, and looks at the order of every lane.
    @Test(arguments: Kind.available) func `keeps its place, whatever happens`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        let log = LaneLog()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for site in 0..<4 {
                group.addTask {
                    for step in 0..<60 {
                        let acceptance = try Acceptance.of(
                            site * 1_000 + step, .annotate, site: "s\(site)", to: ["d", "e"])
                        _ = try await journal.accept(acceptance)
                    }
                }
            }
            for destination in ["d", "d", "e"] {
                group.addTask { try await log.work(on: journal, destination, until: 480) }
            }
            try await group.waitForAll()
        }
        log.expectOrder(count: 480)
    }
}
