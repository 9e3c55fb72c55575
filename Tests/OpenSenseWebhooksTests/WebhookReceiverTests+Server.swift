import OpenSenseWebhooks
import Synchronization
import Testing

/// What the author of a server relies on: secrets that change, bounds for strangers, where handlers run.
extension `A webhook receiver` {
    private static let other = "another random string"
    @TaskLocal private static var trace = "none"

    @Test func `judges by the secrets that it was given last`() async throws {
        let world = try World()
        #expect(try await world.receive(secret: Self.other).status == 401)
        world.receiver.replace(verifier: try WebhookVerifier(secrets: [Secret(Self.other)]))
        #expect(try await world.receive(secret: Self.other).status == 200)
        #expect(try await world.receive().status == 401)
    }

    @Test func `takes the same id with another event for another alarm`() async throws {
        let world = try World()
        _ = try await world.receive()
        let another = try await world.receive(Self.body.replacing("evt_1", with: "evt_2"))
        let retry = try await world.receive(Self.body.replacing("\"attempt\":1", with: "\"attempt\":2"))
        #expect([another.code, retry.code] == ["accepted", "duplicate"])
    }

    @Test func `keeps two bodies that cannot be read, whatever their headers say`() async throws {
        let world = try World()
        let header = [(name: "X-OpenSense-Delivery-Id", value: "wh_7")]
        _ = try await world.receive("first", headers: header)
        _ = try await world.receive("second", headers: header)
        #expect(world.unreadable.all.count == 2)
    }

    @Test func `lets strangers who fill the quarantine wait, and nothing else`() async throws {
        var policy = ResponsePolicy()
        policy.quarantinesMax = 1
        let mayEnd = Gate()
        let world = try World(policy, quarantine: { _ in await mayEnd.pass() })
        async let stranger = world.receive(secret: Self.other)
        await world.clock.sleepersReach(1)
        let second = try await world.receive(secret: Self.other)
        #expect((second.status, second.code) == (429, "not-kept"))
        #expect(try await world.receive().status == 200)
        world.clock.advance(seconds: 4)
        #expect(try await stranger.status == 429)
        mayEnd.open()
        await world.receiver.stop()
    }

    @Test func `keeps nothing that no secret could make valid`() async throws {
        let kept = Notes<WebhookRequest>()
        let world = try World(quarantine: { kept.add($0) })
        let answer = try await world.receive(signedAt: 1, secret: Self.other)
        #expect((answer.status, answer.code) == (429, "not-kept"))
        #expect(world.events.all == ["signature-mismatch", "quarantine-stale"])
        #expect(kept.all.isEmpty)
    }

    @Test func `reports the source and the time since the request's first byte`() async throws {
        let reports = Notes<ReceiverReport>()
        let clock = ManualClock(unixSeconds: Self.now)
        let receiver = WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [Secret(Self.other)]),
            ledger: try InMemoryDeliveryLedger(), source: "north", clock: clock.receiverClock,
            report: { reports.add($0) }
        ) { received in
            #expect(received.source == "north")
        } unreadable: { _ in
        }
        let signer = try WebhookSigner(secret: Secret(Self.other))
        var request = try signer.request(body: Array(Self.body.utf8), timestamp: Self.now)
        request.beganAt = ContinuousClock.now - .seconds(2)
        #expect(await receiver.receive(request).code == "accepted")
        let report = try #require(reports.all.first)
        #expect((report.source, report.code) == ("north", "handled"))
        #expect(report.elapsed >= .seconds(2))
    }

    @Test func `makes a proof for a test of a handler, from a canonical MAC alone`() throws {
        let text = String(repeating: "A", count: 42)
        let proof = try #require(VerifiedSignature(timestamp: Self.now, signatureText: text + "E="))
        #expect((proof.timestamp, proof.signatureText) == (Self.now, text + "E="))
        #expect(VerifiedSignature(timestamp: Self.now) != nil)
        #expect(VerifiedSignature(timestamp: Self.now, signatureText: text + "F=") == nil)
        #expect(VerifiedSignature(timestamp: Self.now, signatureText: "") == nil)
    }

    @Test func `counts its patience from a request's first byte`() async throws {
        let (world, started, mayEnd) = try World.withHeldHandler()
        let bytes = Array(Self.body.utf8)
        let header = try WebhookSigner(secret: Secret("a long random string")).signatureHeader(
            body: bytes.span, timestamp: Self.now)
        var request = WebhookRequest(headers: [OpenSenseHeader.signature: header], body: bytes)
        request.beganAt = .now - .seconds(3)
        async let answer = world.receiver.receive(request)
        await started.pass()
        await world.clock.sleepersReach(2)  // the deadline and the renewal of the lease
        world.clock.advance(seconds: 1)
        #expect(await answer.code == "handler-slow")
        mayEnd.open()
        await world.receiver.stop()
    }

    @Test func `gives a handler the request's task-local values`() async throws {
        let seen = Notes<String>()
        let world = try World(handler: { _ in seen.add(Self.trace) })
        _ = try await Self.$trace.withValue("request 7") { try await world.receive() }
        #expect(seen.all == ["request 7"])
    }

    /// Counts what runs on it.
    private final class CountingExecutor: TaskExecutor {
        let jobs = Atomic(0)
        func enqueue(_ job: consuming ExecutorJob) {
            jobs.add(1, ordering: .relaxed)
            unsafe UnownedJob(job).runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    @Test func `runs handlers where it is asked to`() async throws {
        let executor = CountingExecutor()
        let receiver = WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [Secret("a long random string")]),
            ledger: try InMemoryDeliveryLedger(), clock: ManualClock(unixSeconds: Self.now).receiverClock,
            handlerExecutor: executor
        ) { _ in
            await Task.yield()
        } unreadable: { _ in
        }
        let bytes = Array(Self.body.utf8)
        let header = try WebhookSigner(secret: Secret("a long random string")).signatureHeader(
            body: bytes.span, timestamp: Self.now)
        let answer = await receiver.receive(
            WebhookRequest(headers: [OpenSenseHeader.signature: header], body: bytes))
        #expect(answer.status == 200)
        #expect(executor.jobs.load(ordering: .relaxed) > 0)
    }

    @Test func `verifies at any time without a trap`() throws {
        let verifier = try WebhookVerifier(secrets: [Secret("a long random string")])
        let header = try WebhookSigner(secret: Secret("a long random string")).signatureHeader(
            body: [UInt8]().span, timestamp: Self.now)
        for time in [Int.min, Int.max] {
            #expect(throws: VerificationError.self) {
                try verifier.verify(body: [UInt8]().span, signatureHeaders: [header], at: time)
            }
        }
    }
}
