import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// A store that a relay has open, and a person's view of it.
final class DeskWorld {
    let journal: any OpenJournal
    let desk: StoreDesk
    let world: JournalWorld

    init(_ kind: JournalWorld.Kind) throws {
        world = try JournalWorld(kind)
        journal = try world.open()
        desk =
            try kind == .postgresql
            ? StoreDesk(postgreSQL: world.postgresql) : StoreDesk(sqlitePath: world.path)
    }

    deinit { journal.close() }

    static func accept(
        _ number: Int, _ action: IncidentUpdate.Action, at time: Int, alarm: Int? = nil,
        to destinations: [String] = ["d"]
    ) throws -> Acceptance {
        let body = Array(#"{"event":{"kind":"alarm_opened","site_id":"s"}}"#.utf8)
        let step = TimelineStep(
            action: action, openedAt: alarm.map(WallTime.at), reference: .at(time), eventID: "e\(number)",
            destinations: destinations)
        return Acceptance(
            identities: [DeliveryKey(of: "\(number)")], deliveryID: "wh_\(number)", kind: "alarm_opened",
            receivedAt: .at(0), body: body,
            content: .step(IncidentKey(try Delivery(body: body).event, fallback: "x"), step))
    }

    func accept(
        _ number: Int, _ action: IncidentUpdate.Action, at time: Int, alarm: Int? = nil,
        to destinations: [String] = ["d"]
    ) async throws {
        _ = try await journal.accept(
            Self.accept(number, action, at: time, alarm: alarm, to: destinations))
    }

    func lease(now: Int = 1_000_000) async throws -> [LeasedJob] {
        try await journal.lease(10, now: now).jobs
    }

    @discardableResult func finish(
        _ job: LeasedJob, _ outcome: JobOutcome, exchange: Exchange? = nil
    ) async throws -> FinishOutcome {
        try await journal.finish(job, outcome, exchange: exchange)
    }

    /// An open that was refused, with its acknowledgement and its resolve behind it.
    func refusedOpen(holdsLane: Bool = true) async throws -> Int {
        try await accept(1, .open, at: 10, alarm: 10)
        try await accept(2, .acknowledge, at: 20, alarm: 10)
        try await accept(3, .resolve, at: 30, alarm: 10)
        let open = try #require(try await lease().first)
        try await finish(
            open, .dead(.init(reason: "status 400: no", holdsLane: holdsLane)),
            exchange: Exchange(request: "POST /\n\n{}", answer: "400\nno"))
        return open.id
    }
}

/// What a person does with a store while a relay has it open.
@Suite struct `A store's desk` {
    typealias Kind = JournalWorld.Kind

    @Test(arguments: Kind.lasting) func `lists and shows a dead letter, and what waits for it`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen()
        #expect(try await world.lease().isEmpty)
        let letters = try world.desk.deadLetters(limit: 10)
        #expect(letters.map(\.job) == [open])
        #expect(letters.map(\.holds) == [2])
        let letter = try #require(try world.desk.deadLetter(open))
        #expect(letter.exchange == Exchange(request: "POST /\n\n{}", answer: "400\nno"))
        #expect((letter.reason, letter.action, letter.deliveryID) == ("status 400: no", "open", "wh_1"))
        #expect(try world.desk.deadLetter(999) == nil)
    }

    @Test(arguments: Kind.lasting) func `sends a retried one and what waits for it in order`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen()
        #expect(try world.desk.retryDeadLetter(open) == .done)
        #expect(try world.desk.retryDeadLetter(open) == .notFound)
        var sent: [IncidentUpdate.Action] = []
        while let job = try await world.lease().first {
            sent.append(job.action)
            #expect(job.attempts == 0)
            try await world.finish(job, .delivered(episodeState: nil))
        }
        #expect(sent == [.open, .acknowledge, .resolve])
        #expect(try world.desk.deadLetters(limit: 10).isEmpty)
    }

    @Test(arguments: Kind.lasting) func `changes several together or none of them`(_ kind: Kind) async throws
    {
        let world = try DeskWorld(kind)
        for number in 1...3 { _ = try await world.journal.accept(.of(number, site: "s\(number)")) }
        let jobs = try await world.lease()
        for job in jobs { try await world.finish(job, .dead(.init(reason: "r"))) }
        let numbers = jobs.map(\.id)
        #expect(throws: Unlike.self) {
            try Result { () throws(StoreError) in
                try world.desk.together(numbers) { () throws(StoreError) in
                    #expect(try world.desk.retryDeadLetter(numbers[0]) == .done)
                    throw StoreError(.inUse, "a later one could not be changed")
                }
            }.mapError { _ in Unlike() }.get()
        }
        #expect(try world.desk.deadLetters(limit: 10).map(\.job) == numbers)
        try world.desk.together(numbers) { () throws(StoreError) in
            for number in numbers { #expect(try world.desk.retryDeadLetter(number) == .done) }
        }
        #expect(try await world.lease().map(\.id) == numbers)
    }

    @Test(arguments: Kind.lasting) func `lets what waits go on without a discarded one`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen()
        #expect(try world.desk.discardDeadLetter(open, now: .at(5)) == .done)
        #expect(try await world.lease().map(\.action) == [.acknowledge])
        #expect(try world.desk.discardDeadLetter(open, now: .at(5)) == .notFound)
    }

    @Test(arguments: Kind.lasting)
    func `lets a newer alarm pass a dead letter, which cannot be sent any more then`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen()
        try await world.accept(4, .open, at: 40, alarm: 40)
        var sent: [IncidentUpdate.Action] = []
        while let job = try await world.lease().first {
            sent.append(job.action)
            try await world.finish(job, .delivered(episodeState: nil))
        }
        #expect(sent == [.acknowledge, .resolve, .open])
        guard case .refused(let why) = try world.desk.retryDeadLetter(open) else {
            Issue.record("It would have opened an incident of an alarm that is over.")
            return
        }
        #expect(why.contains("was sent"))
        #expect(try world.desk.discardDeadLetter(open, now: .at(5)) == .done)
    }

    @Test(arguments: Kind.lasting) func `sends nothing before what was sent later and may have arrived`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen(holdsLane: false)
        let later = try #require(try await world.lease().first)
        var report = JobReport(later, .retry(afterMilliseconds: 60_000, reason: "timeout"))
        report.mayHaveArrived = true
        _ = try await world.journal.perform(.finish(report, now: .at(1)))
        guard case .refused(let why) = try world.desk.retryDeadLetter(open) else {
            Issue.record("It would have paged for an alarm whose acknowledgement the vendor has.")
            return
        }
        #expect(why.contains("may have arrived"))
    }

    @Test(arguments: Kind.lasting) func `does not hold a lane in which a newer alarm waits already`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        let open = try #require(try await world.lease().first)
        try await world.accept(2, .resolve, at: 20, alarm: 10)
        try await world.accept(3, .open, at: 30, alarm: 30)
        try await world.finish(open, .dead(.init(reason: "400", holdsLane: true)))
        #expect(try await world.lease().map(\.action) == [.resolve])
    }

    @Test(arguments: Kind.lasting) func `retries what held nothing while nothing later was sent`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen(holdsLane: false)
        #expect(try world.desk.deadLetters(limit: 10).map(\.holds) == [0])
        #expect(try world.desk.retryDeadLetter(open) == .done)
        let first = try #require(try await world.lease().first)
        #expect(first.action == .open)
        try await world.finish(first, .delivered(episodeState: nil))
        #expect(try await world.lease().map(\.action) == [.acknowledge])
    }

    @Test(arguments: Kind.lasting) func `does not let a late report undo what a person decided`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen()
        #expect(try world.desk.retryDeadLetter(open) == .done)
        let again = try #require(try await world.lease().first)
        var stale = again
        stale.lease -= 1
        #expect(try await world.finish(stale, .delivered(episodeState: nil)) == .leaseLost)
        #expect(try await world.finish(again, .delivered(episodeState: nil)) == .recorded)
        #expect(try await world.finish(again, .delivered(episodeState: nil)) == .leaseLost)
    }

    @Test(arguments: Kind.lasting)
    func `hands a dead letter to the failover destination, and the alarm's clear, too`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        let open = try #require(try await world.lease().first)
        try await world.finish(open, .dead(.init(reason: "400", failover: "backup")))
        let jobs = try #require(try world.desk.delivery("wh_1")).jobs
        #expect(jobs.map(\.destination) == ["d", "backup"])
        #expect(jobs.map(\.state) == [.dead, .pending])
        try await world.accept(2, .resolve, at: 20, alarm: 10)
        #expect(try #require(try world.desk.delivery("wh_2")).jobs.map(\.destination) == ["d", "backup"])
    }

    /// A resolve that one destination refuses must not close the newer alarm that its failover has.
    @Test(arguments: Kind.lasting)
    func `hands nothing to a destination that has a newer alarm of the incident`(_ kind: Kind) async throws {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        try await world.finish(
            try #require(try await world.lease().first), .delivered(episodeState: nil))
        // The clear is late: the next alarm, which goes elsewhere, first closes the one before.
        try await world.accept(2, .open, at: 20, alarm: 20, to: ["backup"])
        let resolve = try #require(try await world.lease().first)
        #expect(resolve.action == .resolve)
        try await world.finish(resolve, .dead(.init(reason: "403", failover: "backup")))
        let jobs = try #require(try world.desk.delivery("wh_2")).jobs
        #expect(jobs.filter { $0.destination == "backup" }.map(\.action) == ["open"])
    }

    /// It would page for an alarm that is over, and nothing would close it again.
    @Test(arguments: Kind.lasting)
    func `hands no open to a destination that was sent the alarm's end`(_ kind: Kind) async throws {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        try await world.finish(try #require(try await world.lease().first), .delivered(episodeState: nil))
        try await world.accept(2, .resolve, at: 20, alarm: 10)
        let resolve = try #require(try await world.lease().first)
        try await world.accept(3, .open, at: 30, alarm: 30)
        // The failover destination joins the alarm that is open by now.
        try await world.finish(resolve, .dead(.init(reason: "400", failover: "backup")))
        try await world.accept(4, .resolve, at: 40, alarm: 30)
        for _ in 1...2 {
            let job = try await world.journal.only(now: 1_000_000, from: "backup")
            try await world.finish(job, .delivered(episodeState: nil))
        }
        let open = try #require(try await world.lease().first)
        try await world.finish(open, .dead(.init(reason: "400", failover: "backup")))
        #expect(try #require(try world.desk.delivery("wh_3")).jobs.map(\.destination) == ["d"])
    }

    @Test(arguments: Kind.lasting)
    func `remembers that something later was sent, when that is forgotten`(_ kind: Kind) async throws {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        try await world.accept(2, .acknowledge, at: 20, alarm: 10)
        try await world.accept(3, .resolve, at: 30, alarm: 10)
        var refused = 0
        while let job = try await world.lease().first {
            if job.action == .acknowledge { refused = job.id }
            try await world.finish(
                job,
                job.action == .acknowledge ? .dead(.init(reason: "400")) : .delivered(episodeState: nil))
        }
        try await world.accept(9, .annotate, at: 50)
        let day = 86_400_000
        _ = try await world.journal.prune(now: 0)
        while try await world.journal.prune(now: 40 * day, running: 40 * day) > 0 {}
        while try await world.journal.prune(now: 80 * day, running: 40 * day) > 0 {}
        #expect(try world.desk.delivery("wh_3") == nil, "the resolve is forgotten")
        guard case .refused = try world.desk.retryDeadLetter(refused) else {
            Issue.record("It would have come after the alarm's end.")
            return
        }
    }

    @Test(arguments: Kind.lasting)
    func `does not open an incident of an alarm that is over, whose clear is gone`(_ kind: Kind) async throws
    {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        let open = try #require(try await world.lease().first)
        try await world.finish(open, .dead(.init(reason: "400")))
        try await world.accept(2, .resolve, at: 20, alarm: 10)
        let resolve = try #require(try await world.lease().first)
        try await world.finish(resolve, .dead(.init(reason: "400")))
        #expect(try world.desk.discardDeadLetter(resolve.id, now: .at(5)) == .done)
        guard case .refused = try world.desk.retryDeadLetter(open.id) else {
            Issue.record("It would page, and nothing would ever close it.")
            return
        }
    }

    @Test(arguments: Kind.lasting)
    func `lists deliveries, the newest first, and shows one with its body and jobs`(_ kind: Kind) async throws
    {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        try await world.accept(2, .resolve, at: 20, alarm: 10)
        #expect(try world.desk.deliveries(limit: 10).map(\.deliveryID) == ["wh_2", "wh_1"])
        #expect(try world.desk.deliveries(before: 2, limit: 10).map(\.deliveryID) == ["wh_1"])
        let shown = try #require(try world.desk.delivery("wh_1"))
        #expect(!shown.body.isEmpty)
        #expect(shown.jobs.map(\.action) == ["open"])
        #expect(try world.desk.delivery("2")?.deliveryID == "wh_2")
        #expect(try world.desk.delivery("wh_9") == nil)
    }

    @Test(arguments: Kind.lasting) func `keeps requests to look at quarantined ones again`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let capture = QuarantinedRequest(
            receivedAt: .at(5), path: "/opensense", code: "signature-mismatch", header: "X-A: b",
            body: [1, 2])
        try await world.journal.quarantine(capture)
        let row = try #require(try world.desk.quarantined(limit: 10).first)
        #expect(row.body.isEmpty && !row.isRequested)
        #expect(try world.desk.quarantined(row.number)?.body == [1, 2])
        #expect(try world.desk.retryQuarantined(row.number) == .done)
        #expect(try world.desk.quarantined(row.number)?.isRequested == true)
        #expect(try world.desk.discardQuarantined(row.number) == .done)
        #expect(try world.desk.discardQuarantined(row.number) == .notFound)
    }

    @Test func `does not make a store by looking for one`() throws {
        let folder = try TemporaryFolder()
        #expect(throws: StoreError.self) { try StoreDesk(sqlitePath: folder.path + "/none.db") }
    }
}
