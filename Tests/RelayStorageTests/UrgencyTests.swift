import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// In which order work is taken, and what is left out of it.
@Suite struct `Urgent work` {
    typealias Kind = JournalWorld.Kind

    static func lease(
        _ limits: LeaseLimits, _ pick: LeaseRequest.Pick = .urgent, fingerprints: [String] = [""],
        now: Int = 0
    ) -> JournalOperation {
        .lease(
            LeaseRequest(
                destination: "d", limits: limits, pick: pick, fingerprints: fingerprints, now: .at(now),
                leaseMilliseconds: 60_000))
    }

    static func with(_ severity: String, _ acceptance: Acceptance) -> Acceptance {
        var changed = acceptance
        if case .step(let key, var step) = acceptance.content {
            step.severity = severity
            changed.content = .step(key, step)
        }
        return changed
    }

    @Test(arguments: Kind.available) func `comes first, by severity, then by age`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .annotate, site: "a"))
        _ = try await journal.accept(.of(2, .acknowledge, site: "b"))
        _ = try await journal.accept(Self.with("warning", .of(3, site: "c")))
        _ = try await journal.accept(Self.with("critical", .of(4, site: "e")))
        _ = try await journal.accept(Self.with("critical", .of(5, site: "f", receivedAt: 1)))
        let lease = try await journal.lease(10, now: 5)
        #expect(lease.jobs.map(\.deliveryID) == ["wh_4", "wh_5", "wh_3", "wh_2", "wh_1"])
    }

    /// An open of the second alarm behind the end of the first, behind many other resolves.
    @Test(arguments: Kind.available) func `is what an urgent job waits behind`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, openedAt: 10))
        try await journal.finish(journal.only(), .delivered(episodeState: nil))
        for number in 2..<40 {
            _ = try await journal.accept(.of(number, .resolve, site: "s\(number)", openedAt: 10))
        }
        _ = try await journal.accept(.of(40, .resolve, openedAt: 20))
        _ = try await journal.accept(.of(41, openedAt: 30))
        let first = try #require(await journal.lease(1, now: 0).jobs.first)
        #expect(first.deliveryID == "wh_40")
        try await journal.finish(first, .delivered(episodeState: nil))
        #expect(try await journal.lease(1, now: 0).jobs.map(\.deliveryID) == ["wh_41"])
    }

    @Test(arguments: Kind.available) func `has its share of what may be taken`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        for number in 1...4 { _ = try await journal.accept(.of(number, .annotate, site: "r\(number)")) }
        for number in 5...8 { _ = try await journal.accept(.of(number, .resolve, site: "c\(number)")) }
        let limits = LeaseLimits(total: 5, follows: 3, remarks: 1)
        guard case .leased(let few) = try await journal.perform(Self.lease(limits)) else { throw Unlike() }
        #expect(few.jobs.map(\.action) == [.resolve, .resolve, .resolve])
        #expect(few.nextDueInMilliseconds == 0)
        for number in 9...14 { _ = try await journal.accept(.of(number, site: "o\(number)")) }
        let shared = LeaseLimits(total: 4, follows: 2, remarks: 1, followsFirst: 1)
        guard case .leased(let both) = try await journal.perform(Self.lease(shared)) else { throw Unlike() }
        #expect(both.jobs.map(\.action) == [.resolve, .open, .open, .open])
    }

    @Test(arguments: Kind.available) func `is tried before what has failed`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, site: "failing"))
        try await journal.finish(journal.only(), .retry(afterMilliseconds: 1, reason: "500"))
        _ = try await journal.accept(.of(2, .resolve, site: "b"))
        let fresh = Self.lease(LeaseLimits(1), .freshOpen, now: 10)
        guard case .leased(let none) = try await journal.perform(fresh) else { throw Unlike() }
        #expect(none.jobs.isEmpty)
        guard
            case .leased(let oldest) = try await journal.perform(Self.lease(LeaseLimits(1), .trial, now: 10))
        else { throw Unlike() }
        #expect(oldest.jobs.map(\.deliveryID) == ["wh_2"])
        _ = try await journal.accept(.of(3, site: "new", receivedAt: 10))
        guard case .leased(let trial) = try await journal.perform(Self.lease(LeaseLimits(1), .trial, now: 10))
        else { throw Unlike() }
        #expect(trial.jobs.map(\.deliveryID) == ["wh_3"])
        _ = try await journal.accept(.of(4, site: "newer", receivedAt: 10))
        #expect(try await journal.lease(1, now: 10).jobs.map(\.deliveryID) == ["wh_4"])
    }

    @Test(arguments: Kind.available) func `leaves out what was over before it was sent`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        for round in 0..<20 {
            _ = try await journal.accept(.of(2 * round + 1, openedAt: 100 * round + 10))
            _ = try await journal.accept(.of(2 * round + 2, .resolve, openedAt: 100 * round + 50))
        }
        _ = try await journal.accept(.of(99, openedAt: 9_000))
        let job = try await journal.only()
        #expect((job.deliveryID, job.note) == ("wh_99", "21st time since 00:00 UTC"))
        try await journal.finish(job, .delivered(episodeState: nil))
        #expect(try await journal.lease(10, now: 0).jobs.isEmpty)
        #expect(try await journal.summary().pendingJobs == 0)
    }

    @Test(arguments: Kind.available) func `waits a minute at most behind what fails`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, openedAt: 10))
        try await journal.finish(journal.only(), .delivered(episodeState: nil))
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        try await journal.finish(journal.only(), .retry(afterMilliseconds: 300_000, reason: "500"))
        _ = try await journal.accept(.of(3, openedAt: 30, receivedAt: 1_000))
        #expect(try await journal.lease(1, now: 60_999).jobs.isEmpty)
        let failing = try await journal.only(now: 61_000)
        #expect(failing.action == .resolve)
        try await journal.finish(failing, .retry(afterMilliseconds: 300_000, reason: "500"), now: 61_000)
        let open = try await journal.only(now: 61_000)
        #expect(open.deliveryID == "wh_3")
        // It may have folded into the incident of before, which may be acknowledged: it pages for certain.
        try await journal.finish(open, .delivered(episodeState: nil), now: 61_000)
        for action in [IncidentUpdate.Action.resolve, .open] {
            let job = try await journal.only(now: 61_000)
            #expect((job.deliveryID, job.action) == ("wh_3", action))
            try await journal.finish(job, .delivered(episodeState: nil), now: 61_000)
        }
    }

    @Test(arguments: Kind.available) func `goes to the place where the incident was opened`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, openedAt: 10))
        let jobs = { (places: [String]) async throws -> [LeasedJob] in
            let operation = Self.lease(LeaseLimits(10), fingerprints: places)
            guard case .leased(let lease) = try await journal.perform(operation) else { throw Unlike() }
            return lease.jobs
        }
        let open = try #require(await jobs(["old"]).first)
        #expect(open.fingerprint == "old")
        try await journal.finish(open, .delivered(episodeState: nil))
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        // A relay that only knows the new place leaves it alone, and does not bury it.
        #expect(try await jobs(["new"]).isEmpty)
        let resolve = try #require(await jobs(["new", "old"]).first)
        #expect(resolve.fingerprint == "old")
        try await journal.finish(resolve, .delivered(episodeState: nil))
        _ = try await journal.accept(.of(3, openedAt: 30))
        #expect(try await jobs(["new", "old"]).map(\.fingerprint) == ["new"])
    }

    /// The key was replaced, and nothing knows the old one any more.
    @Test(arguments: Kind.available) func `does not wait behind what no relay can do`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, openedAt: 10))
        let first = Self.lease(LeaseLimits(1), fingerprints: ["old"])
        guard case .leased(let opened) = try await journal.perform(first) else { throw Unlike() }
        try await journal.finish(#require(opened.jobs.first), .delivered(episodeState: nil))
        _ = try await journal.accept(.of(2, openedAt: 30))
        let taken = { (now: Int) async throws -> [IncidentUpdate.Action] in
            let operation = Self.lease(LeaseLimits(10), fingerprints: ["new"], now: now)
            guard case .leased(let lease) = try await journal.perform(operation) else { throw Unlike() }
            return lease.jobs.map(\.action)
        }
        #expect(try await taken(59_999) == [])
        #expect(try await taken(60_000) == [.open])
    }

    /// An open that may have arrived is repeated where it may have; one that has not goes to the new place.
    @Test(arguments: Kind.available, [true, false])
    func `is repeated where it may have arrived`(_ kind: Kind, _ mayHaveArrived: Bool) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, openedAt: 10))
        let first = Self.lease(LeaseLimits(1), fingerprints: ["old"])
        guard case .leased(let lease) = try await journal.perform(first) else { throw Unlike() }
        var report = JobReport(
            try #require(lease.jobs.first), .retry(afterMilliseconds: 0, reason: "timeout"))
        report.mayHaveArrived = mayHaveArrived
        _ = try await journal.perform(.finish(report, now: .at(0)))
        let second = Self.lease(LeaseLimits(1), fingerprints: ["new", "old"])
        guard case .leased(let again) = try await journal.perform(second) else { throw Unlike() }
        #expect(again.jobs.map(\.fingerprint) == [mayHaveArrived ? "old" : "new"])
    }

    @Test(arguments: Kind.available) func `is another event although its delivery's id was seen`(
        _ kind: Kind
    ) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, site: "a"))
        var other = try Acceptance.of(1, site: "b")
        other.deliveryID = "wh_1 of b"
        guard case .accepted(_, .planned, let reason, _) = try await journal.accept(other) else {
            Issue.record("it was taken for a repetition")
            return
        }
        #expect(reason == Acceptance.reusedID)
        for repeated in [other, try .of(1, site: "a")] {
            guard case .duplicate = try await journal.accept(repeated) else {
                Issue.record("\(repeated.deliveryID) was accepted twice")
                return
            }
        }
    }

    @Test(arguments: Kind.lasting)
    func `is repeated where another webhook of its account has brought its event`(
        _ kind: Kind
    ) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        var remarks: [Acceptance] = []
        for number in 1...3 {
            var remark = try Acceptance.of(number, .annotate)
            remark.eventKey = Acceptance.identity(number == 3 ? 102 : 101)
            remarks.append(remark)
        }
        var verdicts: [AcceptanceVerdict] = []
        for remark in remarks {
            guard case .accepted(_, let verdict, _, _) = try await journal.accept(remark) else {
                throw Unlike()
            }
            verdicts.append(verdict)
        }
        #expect(verdicts == [.planned, .repeated, .planned])
        // What identifies the delivery itself still does, after a restart, too.
        journal.close()
        let again = try world.open()
        defer { again.close() }
        for remark in remarks {
            guard case .duplicate = try await again.accept(remark) else {
                Issue.record("\(remark.deliveryID) was accepted twice")
                return
            }
        }
        var late = try Acceptance.of(4, .annotate)
        late.eventKey = Acceptance.identity(101)
        guard case .accepted(_, .repeated, _, []) = try await again.accept(late) else { throw Unlike() }
    }
}
