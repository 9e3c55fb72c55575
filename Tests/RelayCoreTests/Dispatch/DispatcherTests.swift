import AdapterKit
import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `A dispatcher` {
    /// A dispatcher and its bell, as a host holds them.
    final class Host {
        private var dispatcher: Dispatcher
        private var bell = WorkBell()

        init(intake: Intake? = nil, concurrency: Int = 2) throws {
            let spec = DestinationSpec(name: "d", adapter: PlainAdapter(), concurrencyMax: concurrency)
            dispatcher = Dispatcher(
                engine: DeliveryEngine(
                    destinations: [spec], policy: RetryPolicy(), seed: 1, now: .zero),
                intake: try intake ?? IntakeWorld().intake, rhythm: BackgroundRhythm(), now: 0)
        }

        func ring(_ destinations: [String]) -> Bool { bell.ring(destinations) }

        /// What comes of an input, in a few words.
        func feed(_ input: Dispatcher.Input, at now: Int) -> [String] {
            outputs(input, at: now).map(Self.words)
        }

        func outputs(_ input: Dispatcher.Input, at now: Int) -> [Dispatcher.Output] {
            let reading = ClockReading(
                wall: WallTime(unixMilliseconds: now), steady: SteadyTime(milliseconds: now))
            return dispatcher.handle(input, at: reading) { bell.take(for: $0) }
        }

        /// The start of a relay whose store is empty.
        func start() {
            _ = feed(.tick, at: 0)
            _ = feed(.completed(Self.lease, .success(.leased(Self.nothing))), at: 0)
            _ = feed(.completed(Self.take, .success(.requests(Self.noRequests))), at: 0)
            _ = feed(.completed(Self.prune, .success(.pruned(0))), at: 0)
            _ = feed(.completed(.mend(now: 0), .success(.mended([:]))), at: 0)
        }

        static let lease = JournalOperation.lease(
            LeaseRequest(destination: "d", limits: LeaseLimits(2), now: 0, leaseMilliseconds: 60_000))
        static let take = JournalOperation.takeRequests(limit: 8)
        static let prune = JournalOperation.prune(Retention(), now: 0, running: 0)
        static let nothing = Lease(jobs: [], nextDueInMilliseconds: nil)
        static let noRequests = PeopleRequests(captures: [], deliveries: [])

        static func words(_ output: Dispatcher.Output) -> String {
            switch output {
            case .journal(.lease(let asked)): "lease \(asked.limits.total) for \(asked.destination)"
            case .journal(.finish(let report, _)): "finish \(report.job)"
            case .journal(.release(let held, _, _)): "release \(held.map(\.job))"
            case .journal(.takeRequests): "take requests"
            case .journal(.prune(_, _, let running)): "prune after \(running)"
            case .journal(.mend): "mend"
            case .journal(.accept(let acceptance)): "accept \(acceptance.deliveryID)"
            case .journal(.settle(let settlement)): "settle \(settlement)"
            case .journal: "another operation"
            case .send(let job, _): "send \(job.id)"
            case .observe(let event): event.code.rawValue
            case .wake(let milliseconds): "wake in \(milliseconds)"
            case .ended: "ended"
            }
        }
    }

    static let body = Array(#"{"event":{"kind":"alarm_opened","site_id":"s"}}"#.utf8)

    static func job(_ id: Int) -> LeasedJob {
        LeasedJob(
            id: id, destination: "d", action: .open, incident: "alarm/s//", deliveryID: "wh_\(id)",
            body: body, attempts: 0, triedMilliseconds: 0, begunAt: 0, nonce: "n", lease: 1)
    }

    static func leased(_ ids: Int...) -> Dispatcher.Input {
        .completed(
            Host.lease, .success(.leased(Lease(jobs: ids.map(job), nextDueInMilliseconds: nil))))
    }

    @Test func `begins with what an earlier process left`() throws {
        let host = try Host()
        #expect(host.feed(.tick, at: 0) == ["lease 2 for d", "take requests", "prune after 0"])
    }

    @Test func `carries a job from the bell to its end, and says so`() throws {
        let host = try Host()
        host.start()
        #expect(host.ring(["d"]), "it is listening")
        #expect(host.feed(.workIsDue, at: 1) == ["lease 2 for d"])
        #expect(host.feed(Self.leased(7), at: 2).prefix(2) == ["job.leased", "send 7"])
        #expect(
            host.feed(.answered(Self.job(7), VendorResponse(status: 202), milliseconds: 3), at: 5)
                == ["job.attempted", "finish 7"])
        let report = JobReport(Self.job(7), .delivered(episodeState: nil))
        #expect(
            host.feed(.completed(.finish(report, now: 5), .success(.finished(.recorded))), at: 6)
                == ["job.delivered", "lease 2 for d"])
    }

    @Test func `is not woken for a destination that has no room, and asks when it has`() throws {
        let host = try Host(concurrency: 1)
        host.start()
        _ = host.ring(["d"])
        _ = host.feed(.workIsDue, at: 1)
        _ = host.feed(Self.leased(1), at: 1)
        #expect(!host.ring(["d"]))
        _ = host.feed(.answered(Self.job(1), VendorResponse(status: 202), milliseconds: 1), at: 2)
        let report = JobReport(Self.job(1), .delivered(episodeState: nil))
        let outputs = host.feed(.completed(.finish(report, now: 2), .success(.finished(.recorded))), at: 3)
        #expect(outputs.contains("lease 1 for d"))
    }

    @Test func `says when a destination is paused and resumed`() throws {
        let host = try Host(concurrency: 1)
        host.start()
        _ = host.ring(["d"])
        _ = host.feed(.workIsDue, at: 1)
        _ = host.feed(Self.leased(1), at: 1)
        let busy = VendorResponse(status: 429, fields: [.init("Retry-After", "5")])
        #expect(
            host.feed(.answered(Self.job(1), busy, milliseconds: 1), at: 2).contains("destination.paused"))
        let outputs = host.feed(.tick, at: 5_002)
        #expect(outputs.contains("destination.resumed"))
    }

    @Test func `asks to be woken once for each time`() throws {
        let host = try Host()
        #expect(!host.feed(.tick, at: 0).contains { $0.hasPrefix("wake") }, "all that runs will answer")
        let wakes = [
            host.feed(.completed(Host.prune, .success(.pruned(0))), at: 0)
                + host.feed(.completed(.mend(now: 0), .success(.mended([:]))), at: 0),
            host.feed(.completed(Host.take, .success(.requests(Host.noRequests))), at: 0),
            host.feed(.completed(Host.lease, .success(.leased(Host.nothing))), at: 0),
        ].map { $0.filter { $0.hasPrefix("wake") } }
        #expect(wakes == [["wake in 60000"], ["wake in 1000"], []])
    }

    @Test func `plants no timer anew while one is overdue, and takes one that is early`() throws {
        let host = try Host()
        host.start()
        #expect(host.feed(.workIsDue, at: 5_000).filter { $0.hasPrefix("wake") } == [])
        #expect(host.feed(.tick, at: 5_000).contains("take requests"))
        let early = try Host()
        early.start()
        #expect(early.feed(.tick, at: 999).contains("wake in 1"))
    }

    @Test func `prunes until nothing is left, then each minute, and counts a sleep for ten minutes`() throws {
        let host = try Host()
        _ = host.feed(.tick, at: 0)
        #expect(
            host.feed(.completed(Host.prune, .success(.pruned(1_000))), at: 30)
                == ["store.pruned", "prune after 30"])
        #expect(host.feed(.completed(Host.prune, .success(.pruned(0))), at: 40).contains("mend"))
        #expect(
            host.feed(.completed(.mend(now: 0), .success(.mended(["oncall": 2]))), at: 40).first
                == "store.lanes-mended")
        #expect(!host.feed(.tick, at: 60_039).contains { $0.hasPrefix("prune") })
        #expect(host.feed(.tick, at: 3_600_000).contains("prune after 600000"))
    }

    // MARK: What people ask for

    func capture(_ world: IntakeWorld, receivedAt: Int = IntakeWorld.signedAt) throws
        -> PeopleRequests.Capture
    {
        let request = try world.request(`An intake`.alarm)
        return PeopleRequests.Capture(
            number: 3,
            request: QuarantinedRequest(
                receivedAt: WallTime(unixSeconds: receivedAt), path: IntakeWorld.path,
                code: "signature-mismatch",
                header: "\(OpenSenseHeader.signature): \(request.webhook.signatureHeaders[0])",
                body: request.webhook.body))
    }

    func asked(_ captures: [PeopleRequests.Capture], _ unread: [PeopleRequests.Unread] = [])
        -> Dispatcher.Input
    {
        .completed(
            Host.take, .success(.requests(PeopleRequests(captures: captures, deliveries: unread))))
    }

    @Test func `accepts a quarantined request by the time at which it came, then settles it`() throws {
        let world = try IntakeWorld()
        let host = try Host(intake: world.intake)
        _ = host.feed(.tick, at: 0)
        let outputs = host.outputs(asked([try capture(world)]), at: 5_000)
        guard case .journal(let accept)? = outputs.first, case .accept(let acceptance) = accept else {
            Issue.record("it is not accepted: \(outputs.map(Host.words))")
            return
        }
        #expect(acceptance.receivedAt == WallTime(unixMilliseconds: 5_000), "as if it came now")
        let due = AcceptanceOutcome.accepted(sequence: 1, verdict: .planned, due: ["d"])
        let settling = host.feed(.completed(accept, .success(.accepted(due))), at: 5_001)
        #expect(settling.contains("settle captureAccepted(number: 3)"))
        #expect(
            host.feed(
                .completed(.settle(.captureAccepted(number: 3)), .success(.done)), at: 5_002
            ).contains("quarantine.accepted"))
    }

    @Test func `refuses one that is still a stranger's, or was too late when it came`() throws {
        let world = try IntakeWorld()
        let other = try IntakeWorld(secret: "another secret for this test")
        for (intake, late, code) in [
            (other.intake, 0, "signature-mismatch"), (world.intake, 301, "timestamp-outside-tolerance"),
        ] {
            let host = try Host(intake: intake)
            _ = host.feed(.tick, at: 0)
            let request = try capture(world, receivedAt: IntakeWorld.signedAt + late)
            let words = host.feed(asked([request]), at: 5_000)
            #expect(words.contains("settle captureRefused(number: 3, code: \"\(code)\")"))
        }
    }

    @Test func `settles nothing whose acceptance failed, and asks again`() throws {
        let world = try IntakeWorld()
        let host = try Host(intake: world.intake)
        _ = host.feed(.tick, at: 0)
        let outputs = host.outputs(asked([try capture(world), try capture(world)]), at: 10)
        guard case .journal(let accept)? = outputs.first else { return }
        let failed = host.feed(.completed(accept, .failure(StoreError(.full, "full"))), at: 20)
        #expect(!failed.contains { $0.hasPrefix("settle") || $0.hasPrefix("accept") })
        #expect(host.feed(.tick, at: 1_020).contains("take requests"))
    }

    @Test func `reads a delivery again`() throws {
        let host = try Host()
        _ = host.feed(.tick, at: 0)
        let unread = [Self.body, Array("{".utf8)].map {
            PeopleRequests.Unread(sequence: $0.count, deliveryID: "wh_1", receivedAt: 0, body: $0)
        }
        let outputs = host.outputs(asked([], unread), at: 10)
        guard case .journal(let accept)? = outputs.first else { return }
        let done = AcceptanceOutcome.accepted(sequence: 9, verdict: .planned, due: [])
        #expect(
            host.feed(.completed(accept, .success(.accepted(done))), at: 20)
                == ["settle deliveryRead(sequence: \(Self.body.count))"])
        let next = host.feed(
            .completed(.settle(.deliveryRead(sequence: Self.body.count)), .success(.done)), at: 30)
        #expect(next.prefix(2) == ["delivery.read", "settle deliveryUnread(sequence: 1)"])
    }

    // MARK: The end

    @Test func `ends when everything that runs has ended, and begins nothing more`() throws {
        let world = try IntakeWorld()
        let host = try Host(intake: world.intake)
        host.start()
        _ = host.feed(.tick, at: 1_000)
        _ = host.feed(.completed(Host.lease, .success(.leased(Host.nothing))), at: 1_000)
        #expect(host.feed(.drain, at: 1_001) == [])
        let outputs = host.feed(asked([try capture(world)]), at: 1_002)
        #expect(outputs == ["ended"])
        #expect(!host.feed(.tick, at: 100_000).contains { $0 != "ended" })
    }

    @Test func `takes new destinations and a new intake`() throws {
        let world = try IntakeWorld()
        let host = try Host(intake: try IntakeWorld(secret: "another secret for this test").intake)
        host.start()
        let other = DestinationSpec(name: "e", adapter: PlainAdapter(), concurrencyMax: 5)
        #expect(host.feed(.reconfigured(world.intake, [other]), at: 1).contains("lease 5 for e"))
        _ = host.feed(.tick, at: 1_000)
        let outputs = host.feed(asked([try capture(world)]), at: 1_001)
        #expect(outputs.contains("accept wh_1"), "by the new secret")
    }
}
