import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// What a person does with a store while a relay has it open.
@Suite struct `A store's desk` {
    let folder: TemporaryFolder
    let journal: SQLiteJournal
    let desk: StoreDesk

    init() throws {
        folder = try TemporaryFolder()
        journal = try SQLiteJournal(path: folder.path + "/relay.db", now: 0)
        desk = try StoreDesk(sqlitePath: folder.path + "/relay.db")
    }

    static func accept(
        _ number: Int, _ action: IncidentUpdate.Action, at time: Int, alarm: Int? = nil
    ) throws -> Acceptance {
        let body = Array(#"{"event":{"kind":"alarm_opened","site_id":"s"}}"#.utf8)
        let step = TimelineStep(
            action: action, openedAt: alarm, reference: time, eventID: "e\(number)", destinations: ["d"])
        return Acceptance(
            identities: [DeliveryKey(of: "\(number)")], deliveryID: "wh_\(number)", kind: "alarm_opened",
            receivedAt: 0, body: body,
            content: .step(IncidentKey(try Delivery(body: body).event, fallback: "x"), step))
    }

    func accept(_ number: Int, _ action: IncidentUpdate.Action, at time: Int, alarm: Int? = nil) async throws
    {
        let acceptance = try Self.accept(number, action, at: time, alarm: alarm)
        _ = try await withCheckedThrowingContinuation { done in
            journal.accept(acceptance) { done.resume(with: $0) }
        }
    }

    func lease(now: Int = 1_000_000) async throws -> [LeasedJob] {
        try await withCheckedThrowingContinuation { done in
            journal.lease(destination: "d", limit: 10, now: now, leaseUntil: now + 60_000) {
                done.resume(with: $0)
            }
        }.jobs
    }

    @discardableResult func finish(
        _ job: LeasedJob, _ outcome: JobOutcome, exchange: Exchange? = nil
    ) async throws -> FinishOutcome {
        try await withCheckedThrowingContinuation { done in
            journal.finish(JobReport(job, outcome, exchange: exchange), now: 0) { done.resume(with: $0) }
        }
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

    @Test func `lists and shows a dead letter, and what waits for it`() async throws {
        let open = try await refusedOpen()
        #expect(try await lease().isEmpty)
        let letters = try desk.deadLetters(limit: 10)
        #expect(letters.map(\.job) == [open])
        #expect(letters.map(\.holds) == [2])
        let letter = try #require(try desk.deadLetter(open))
        #expect(letter.exchange == Exchange(request: "POST /\n\n{}", answer: "400\nno"))
        #expect((letter.reason, letter.action, letter.deliveryID) == ("status 400: no", "open", "wh_1"))
        #expect(try desk.deadLetter(999) == nil)
    }

    @Test func `sends a retried one and what waits for it in order`() async throws {
        let open = try await refusedOpen()
        #expect(try desk.retryDeadLetter(open) == .done)
        #expect(try desk.retryDeadLetter(open) == .notFound)
        var sent: [IncidentUpdate.Action] = []
        while let job = try await lease().first {
            sent.append(job.action)
            #expect(job.attempts == 0)
            try await finish(job, .delivered(correlation: nil))
        }
        #expect(sent == [.open, .acknowledge, .resolve])
        #expect(try desk.deadLetters(limit: 10).isEmpty)
    }

    @Test func `lets what waits go on without a discarded one`() async throws {
        let open = try await refusedOpen()
        #expect(try desk.discardDeadLetter(open, now: 5) == .done)
        #expect(try await lease().map(\.action) == [.acknowledge])
        #expect(try desk.discardDeadLetter(open, now: 5) == .notFound)
    }

    @Test func `lets a newer alarm pass a dead letter, which cannot be sent any more then`() async throws {
        let open = try await refusedOpen()
        try await accept(4, .open, at: 40, alarm: 40)
        var sent: [IncidentUpdate.Action] = []
        while let job = try await lease().first {
            sent.append(job.action)
            try await finish(job, .delivered(correlation: nil))
        }
        #expect(sent == [.acknowledge, .resolve, .open])
        guard case .refused(let why) = try desk.retryDeadLetter(open) else {
            Issue.record("It would have opened an incident of an alarm that is over.")
            return
        }
        #expect(why.contains("was sent"))
        #expect(try desk.discardDeadLetter(open, now: 5) == .done)
    }

    @Test func `does not hold a lane in which a newer alarm waits already`() async throws {
        try await accept(1, .open, at: 10, alarm: 10)
        let open = try #require(try await lease().first)
        try await accept(2, .resolve, at: 20, alarm: 10)
        try await accept(3, .open, at: 30, alarm: 30)
        try await finish(open, .dead(.init(reason: "400", holdsLane: true)))
        #expect(try await lease().map(\.action) == [.resolve])
    }

    @Test func `retries what held nothing while nothing later was sent`() async throws {
        let open = try await refusedOpen(holdsLane: false)
        #expect(try desk.deadLetters(limit: 10).map(\.holds) == [0])
        #expect(try desk.retryDeadLetter(open) == .done)
        let first = try #require(try await lease().first)
        #expect(first.action == .open)
        try await finish(first, .delivered(correlation: nil))
        #expect(try await lease().map(\.action) == [.acknowledge])
    }

    @Test func `does not let a late report undo what a person decided`() async throws {
        let open = try await refusedOpen()
        #expect(try desk.retryDeadLetter(open) == .done)
        let again = try #require(try await lease().first)
        var stale = again
        stale.lease -= 1
        #expect(try await finish(stale, .delivered(correlation: nil)) == .leaseLost)
        #expect(try await finish(again, .delivered(correlation: nil)) == .recorded)
        #expect(try await finish(again, .delivered(correlation: nil)) == .leaseLost)
    }

    @Test func `hands a dead letter to the failover destination, and the alarm's clear, too`() async throws {
        try await accept(1, .open, at: 10, alarm: 10)
        let open = try #require(try await lease().first)
        try await finish(open, .dead(.init(reason: "400", failover: "backup")))
        let jobs = try #require(try desk.delivery("wh_1")).jobs
        #expect(jobs.map(\.destination) == ["d", "backup"])
        #expect(jobs.map(\.state) == ["dead", "pending"])
        try await accept(2, .resolve, at: 20, alarm: 10)
        #expect(try #require(try desk.delivery("wh_2")).jobs.map(\.destination) == ["d", "backup"])
    }

    @Test func `lists deliveries, the newest first, and shows one with its body and jobs`() async throws {
        try await accept(1, .open, at: 10, alarm: 10)
        try await accept(2, .resolve, at: 20, alarm: 10)
        #expect(try desk.deliveries(limit: 10).map(\.deliveryID) == ["wh_2", "wh_1"])
        #expect(try desk.deliveries(before: 2, limit: 10).map(\.deliveryID) == ["wh_1"])
        let shown = try #require(try desk.delivery("wh_1"))
        #expect(!shown.body.isEmpty)
        #expect(shown.jobs.map(\.action) == ["open"])
        #expect(try desk.delivery("2")?.deliveryID == "wh_2")
        #expect(try desk.delivery("wh_9") == nil)
    }

    @Test func `keeps requests to look at quarantined ones again`() async throws {
        let capture = QuarantinedRequest(
            receivedAt: 5, path: "/opensense", code: "signature-mismatch", header: "X-A: b", body: [1, 2])
        _ = try await withCheckedThrowingContinuation { done in
            journal.quarantine(capture) { done.resume(with: $0) }
        }
        let row = try #require(try desk.quarantined(limit: 10).first)
        #expect(row.body.isEmpty && !row.isRequested)
        #expect(try desk.quarantined(row.number)?.body == [1, 2])
        #expect(try desk.requestedQuarantine(limit: 10).isEmpty)
        #expect(try desk.retryQuarantined(row.number) == .done)
        #expect(try desk.requestedQuarantine(limit: 10).map(\.body) == [[1, 2]])
        try desk.leaveQuarantined(row.number, code: "no-such-source")
        #expect(try desk.requestedQuarantine(limit: 10).isEmpty)
        #expect(try desk.quarantined(row.number)?.code == "no-such-source")
        #expect(try desk.discardQuarantined(row.number) == .done)
        #expect(try desk.discardQuarantined(row.number) == .notFound)
    }

    @Test func `does not make a store by looking for one`() {
        #expect(throws: StoreError.self) { try StoreDesk(sqlitePath: folder.path + "/none.db") }
    }
}
