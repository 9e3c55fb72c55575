import OpenSenseWebhooks
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A webhook receiver` {
    static let now = 1_717_248_000
    static let body = #"{"event":{"kind":"alarm_opened","id":"evt_1"},"delivery":{"id":"wh_1","attempt":1}}"#

    /// A receiver on a clock that the test sets, and a record of its events.
    final class World: Sendable {
        let clock = ManualClock(unixSeconds: `A webhook receiver`.now)
        let handled = Notes<String>()
        let unreadable = Notes<DeliveryError>()
        let events = Notes<String>()
        let receiver: WebhookReceiver

        init(
            _ policy: ResponsePolicy = .standard, secrets: [String] = ["a long random string"],
            ledger: (any DeliveryLedger)? = nil,
            handler: @escaping WebhookReceiver.Handler = { _ in },
            unreadableHandler: @escaping WebhookReceiver.UnreadableHandler = { _ in },
            quarantine: WebhookReceiver.QuarantineHandler? = nil
        ) throws {
            let (clock, handled, unreadable, events) = (clock, handled, unreadable, events)
            receiver = WebhookReceiver(
                verifier: try WebhookVerifier(secrets: secrets.map { try Secret($0) }),
                ledger: try ledger ?? InMemoryDeliveryLedger(uptimeSeconds: { clock.unixSeconds }),
                policy: policy, clock: clock.receiverClock, report: { events.add($0.code) }
            ) { received in
                handled.add(received.delivery.id ?? "-")
                try await handler(received)
            } unreadable: { received in
                unreadable.add(received.reason)
                try await unreadableHandler(received)
            } quarantine: { request in
                try await quarantine?(request)
            }
        }

        /// A world whose handler opens one gate when it begins, and waits for the other.
        static func withHeldHandler(
            _ policy: ResponsePolicy = .standard
        ) throws -> (world: World, started: Gate, mayEnd: Gate) {
            let (started, mayEnd) = (Gate(), Gate())
            let world = try World(
                policy,
                handler: { _ in
                    started.open()
                    await mayEnd.pass()
                })
            return (world, started, mayEnd)
        }

        func receive(
            _ body: String = `A webhook receiver`.body, method: String = "POST", signedAt: Int? = nil,
            secret: String = "a long random string", headers: [(name: String, value: String)] = []
        ) async throws -> WebhookResponse {
            let bytes = Array(body.utf8)
            let header = try WebhookSigner(secret: Secret(secret)).signatureHeader(
                body: bytes.span, timestamp: signedAt ?? clock.unixSeconds)
            return await receiver.receive(
                WebhookRequest(
                    method: method, headers: [(name: "x-opensense-SIGNATURE", value: header)] + headers,
                    body: bytes))
        }
    }

    struct Failure: Error {}

    // MARK: Once

    @Test func `handles a delivery once and acknowledges its retry`() async throws {
        let world = try World()
        let first = try await world.receive()
        #expect((first.status, first.code, first.deliveryID) == (200, "accepted", "wh_1"))
        world.clock.advance(seconds: 60)
        let second = try await world.receive()
        #expect((second.status, second.code) == (200, "duplicate"))
        #expect(world.handled.all == ["wh_1"])
        #expect(world.events.all == ["handled", "duplicate"])
    }

    @Test func `distinguishes deliveries without an id by header and signature`() async throws {
        let body = #"{"event":{"kind":"alarm_opened"}}"#
        let world = try World()
        let header = [(name: "X-OpenSense-Delivery-Id", value: "wh_7")]
        _ = try await world.receive(body, headers: header)
        // The sender's retry is signed anew; a replay changes the header, which is not signed.
        let retry = try await world.receive(body, signedAt: Self.now + 5, headers: header)
        let replay = try await world.receive(
            body, headers: [(name: "X-OpenSense-Delivery-Id", value: "wh_8")])
        #expect([retry.code, replay.code] == ["duplicate", "duplicate"])
        let another = try await world.receive(
            body, signedAt: Self.now + 6, headers: [(name: "X-OpenSense-Delivery-Id", value: "wh_9")])
        #expect(another.code == "accepted")
        #expect(world.handled.all.count == 2)
    }

    @Test func `tries again what a handler could not do`() async throws {
        let attempts = Notes<Int>()
        let world = try World(handler: { _ in
            attempts.add(1)
            if attempts.all.count == 1 { throw Failure() }
        })
        let first = try await world.receive()
        #expect((first.status, first.code, first.retryAfterSeconds) == (503, "handler-failed", 5))
        #expect(try await world.receive().code == "accepted")
        #expect(world.events.all == ["handler-failed", "handled"])
    }

    @Test func `asks to come again while the first attempt is handled`() async throws {
        let (world, started, mayEnd) = try World.withHeldHandler()
        async let first = world.receive()
        await started.pass()
        let second = try await world.receive()
        #expect((second.status, second.code, second.retryAfterSeconds) == (429, "in-flight", 1))
        mayEnd.open()
        #expect(try await first.code == "accepted")
        #expect(world.handled.all.count == 1)
    }

    @Test func `answers in time and lets a slow handler end`() async throws {
        let (world, started, mayEnd) = try World.withHeldHandler()
        async let first = world.receive()
        await started.pass()
        await world.clock.sleepersReach(2)  // the deadline and the renewal of the lease
        world.clock.advance(seconds: 4)
        let answer = try await first
        #expect((answer.status, answer.code, answer.retryAfterSeconds) == (429, "handler-slow", 5))
        #expect(try await world.receive().code == "in-flight")
        mayEnd.open()
        await world.receiver.stop()
        #expect(world.events.all == ["handler-slow", "in-flight", "handled"])
    }

    @Test func `keeps its claim for as long as a handler runs`() async throws {
        let (world, started, mayEnd) = try World.withHeldHandler()
        async let first = world.receive()
        await started.pass()
        for _ in 0..<9 {  // three leases
            await world.clock.sleepersReach(1)
            world.clock.advance(seconds: 20)
        }
        _ = try await first
        #expect(try await world.receive(signedAt: world.clock.unixSeconds).code == "in-flight")
        mayEnd.open()
        await world.receiver.stop()
        #expect(world.handled.all.count == 1)
        #expect(!world.events.all.contains("lease-lost"))
    }

    @Test func `handles a delivery although the request is cancelled`() async throws {
        let (started, mayEnd) = (Gate(), Gate())
        let world = try World(handler: { _ in
            started.open()
            await mayEnd.pass()
            try Task.checkCancellation()
        })
        let request = Task { try await world.receive() }
        await started.pass()
        request.cancel()
        mayEnd.open()
        #expect(try await request.value.code == "accepted")
        #expect(world.events.all == ["handled"])
    }

    // MARK: Answers

    @Test func `refuses what is not signed without saying why`() async throws {
        let world = try World()
        let wrong = try await world.receive(secret: "another random string")
        let missing = await world.receiver.receive(
            WebhookRequest(headers: [String: String](), body: Array(Self.body.utf8)))
        #expect(wrong == missing)
        #expect((wrong.status, wrong.code, wrong.deliveryID) == (401, "unauthenticated", nil))
        #expect(world.events.all == ["signature-mismatch", "quarantined", "header-missing"])
        #expect(world.handled.all.isEmpty)
    }

    @Test(arguments: [(300, 200), (301, 429), (-300, 200), (-301, 429)])
    func `puts off what is outside the tolerance`(_ age: Int, _ status: Int) async throws {
        let world = try World()
        let answer = try await world.receive(signedAt: Self.now - age)
        #expect(answer.status == status)
        #expect(answer.retryAfterSeconds == (status == 429 ? 60 : nil))
        #expect(answer.deliveryID == "wh_1")
    }

    @Test func `rejects what is outside the tolerance when configured to`() async throws {
        var policy = ResponsePolicy()
        policy.staleness = .reject
        #expect(try await World(policy).receive(signedAt: Self.now - 301).status == 401)
    }

    @Test func `reports headers that disagree, or refuses them when configured to`() async throws {
        let rows: [(name: String, value: String)] = [
            (name: "X-OpenSense-Delivery-Id", value: "wh_2"), (name: "X-OpenSense-Timestamp", value: "1"),
            (name: "X-OpenSense-Timestamp", value: "\(Self.now)x"),
        ]
        for header in rows {
            let lenient = try World()
            #expect(try await lenient.receive(headers: [header]).code == "accepted")
            #expect(lenient.events.all == ["header-disagrees", "handled"])
            var policy = ResponsePolicy()
            policy.headerDisagreement = .reject
            let strict = try World(policy)
            let answer = try await strict.receive(headers: [header])
            #expect((answer.status, answer.code) == (401, "header-disagrees"))
            #expect(strict.handled.all.isEmpty)
        }
        let agreeing = try World()
        _ = try await agreeing.receive(headers: [
            (name: "X-OpenSense-Delivery-Id", value: "wh_1"),
            (name: "X-OpenSense-Timestamp", value: "\(Self.now)"),
        ])
        #expect(agreeing.events.all == ["handled"])
    }

    @Test func `hands what cannot be read to a person, once`() async throws {
        let world = try World()
        let first = try await world.receive("not JSON")
        #expect((first.status, first.code) == (200, "not-understood"))
        #expect(try await world.receive("not JSON").code == "duplicate")
        #expect(world.unreadable.all == [.notJSON])
        let failing = try World(unreadableHandler: { _ in throw Failure() })
        #expect(try await failing.receive("").status == 503)
        #expect(try await failing.receive("{}").status == 503)
        #expect(failing.unreadable.all == [.empty, .kindMissing])
    }

    @Test func `takes POST alone and bodies up to the limit`() async throws {
        var policy = ResponsePolicy()
        policy.bodyBytesMax = Self.body.utf8.count
        let world = try World(policy)
        #expect(try await world.receive(Self.body + " ").status == 413)
        #expect(try await world.receive(Self.body).status == 200)
        let get = try await world.receive(method: "GET")
        #expect((get.status, get.allow) == (405, "POST"))
        #expect(world.events.all == ["body-too-large", "handled", "method-not-allowed"])
    }

    @Test func `turns away more handlers than it may run`() async throws {
        var policy = ResponsePolicy()
        policy.handlersMax = 1
        let (world, started, mayEnd) = try World.withHeldHandler(policy)
        async let first = world.receive()
        await started.pass()
        let second = try await world.receive(
            Self.body.replacing("wh_1", with: "wh_2"))
        #expect((second.status, second.code) == (429, "overloaded"))
        #expect((1...30).contains(second.retryAfterSeconds ?? 0))
        mayEnd.open()
        #expect(try await first.status == 200)
    }

    @Test func `takes nothing more once it is stopped`() async throws {
        let world = try World()
        await world.receiver.stop()
        let answer = try await world.receive()
        #expect((answer.status, answer.code, answer.retryAfterSeconds) == (429, "draining", 5))
        #expect(world.handled.all.isEmpty)
        #expect(world.events.all == ["draining"])
    }

    @Test func `keeps what no secret signed, and what was kept verifies with the right one`() async throws {
        let kept = Notes<WebhookRequest>()
        let world = try World(quarantine: { kept.add($0) })
        _ = try await world.receive(secret: "another random string")
        let request = try #require(kept.all.first)
        let verifier = try WebhookVerifier(secrets: [Secret("another random string")])
        let proof = try verifier.verify(
            body: request.body.span, signatureHeaders: request.signatureHeaders, at: Self.now)
        #expect(proof.ageSeconds == 0)
    }

    @Test func `keeps no more than its share a minute, and loses nothing of the rest`() async throws {
        var policy = ResponsePolicy()
        policy.quarantinedPerMinuteMax = 2
        let kept = Notes<WebhookRequest>()
        let world = try World(policy, quarantine: { kept.add($0) })
        var answers: [Int] = []
        for _ in 0..<3 { answers.append(try await world.receive(secret: "another random string").status) }
        #expect(answers == [401, 401, 429])
        #expect(kept.all.count == 2)
        #expect(world.events.all.last == "quarantine-full")
        world.clock.advance(seconds: 60)
        _ = try await world.receive(secret: "another random string")
        #expect(kept.all.count == 3)
    }

    @Test func `asks to come again when it cannot keep what no secret signed`() async throws {
        let world = try World(quarantine: { _ in throw Failure() })
        #expect(try await world.receive(secret: "another random string").status == 429)
        #expect(world.events.all == ["signature-mismatch", "quarantine-failed"])
    }
}
