import Foundation
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct `When the disk is full nothing that was answered 200 is lost, and` {
    @Test func `the relay lives and says so`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await limited(world, vendors)
            let (accepted, refused) = try fill(relay)
            #expect(!accepted.isEmpty)
            #expect(try relay.get("/healthz").status == 200)
            // The space that is left may be enough for a few writes of the relay itself.
            try await eventually("/readyz says that nothing can be stored") {
                try relay.get("/readyz").status == 503 ? true : nil
            }
            #expect(relay.program.error.contains("event=store.failed"))
            try await relay.program.killAtOnce()
            try await nothingIsMissing(world, vendors, accepted, refused)
        }
    }

    @Test func `the log says that a job is delivered only once that is written down`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            try vendors.inject(
                #"{"vendor":"pagerduty","kind":"latency","latencyMilliseconds":1000,"nextRequests":1000}"#)
            let relay = try await limited(world, vendors)
            _ = try fill(relay)
            let failures = {
                relay.program.error.split(separator: "\n").count { $0.contains("event=store.failed") }
            }
            let before = failures()
            try await eventually("the vendor's answers are tried to be written down, more than once") {
                failures() >= before + 30 ? true : nil
            }
            let jobs = relay.program.error.matches(of: #/event=job.delivered job=([0-9]+)/#).map { $0.1 }
            #expect(jobs.count == Set(jobs).count, "\(jobs.count) lines for \(Set(jobs).count) jobs")
        }
    }

    @Test func `SIGTERM still ends the relay in 10 s, also with work that cannot be written down`()
        async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            try vendors.inject(
                #"{"vendor":"pagerduty","kind":"latency","latencyMilliseconds":2000,"nextRequests":1000}"#)
            let relay = try await limited(world, vendors)
            let (accepted, refused) = try fill(relay)
            relay.program.signal(SIGTERM)
            #expect(try await relay.program.end(withinSeconds: 10) == .exit(0))
            try await nothingIsMissing(world, vendors, accepted, refused)
        }
    }

    /// A relay whose files may have 1 MiB each.
    private func limited(_ world: World, _ vendors: Vendors) async throws -> Relay {
        let environment = World.environment(at: vendors.url)
        return try await world.relay(
            world.start(world.serveWords, environment: environment, fileBlocksMax: 2_048))
    }

    /// Delivers large alarms until one is refused, and small ones until nothing is taken any more.
    private func fill(_ relay: Relay) throws -> (accepted: [TestDelivery], refused: [TestDelivery]) {
        var (accepted, refused): ([TestDelivery], [TestDelivery]) = ([], [])
        for number in 0..<90 where refused.count < 10 {
            let id = "wh_full_\(number)"
            let delivery = refused.isEmpty ? Self.large(id) : .like(id: id, channel: "chn_\(id)")
            let answer = try relay.deliver(delivery)
            #expect([200, 429, 503].contains(answer.status))
            if answer.status == 200 { accepted.append(delivery) } else { refused.append(delivery) }
        }
        #expect(refused.count == 10)
        return (accepted, refused)
    }

    /// Looks at the same store without the limit.
    private func nothingIsMissing(
        _ world: World, _ vendors: Vendors, _ accepted: [TestDelivery], _ refused: [TestDelivery]
    ) async throws {
        let relay = try await world.relay(at: vendors.url)
        for delivery in accepted {
            let answer = try relay.deliver(delivery)
            #expect(answer.code == "duplicate", "\(answer.deliveryID ?? "")")
        }
        for delivery in refused {
            let answer = try relay.deliver(delivery)
            #expect(answer.code == "accepted", "\(answer.deliveryID ?? "")")
        }
        let incidents = try await vendors.incidents { $0.count == accepted.count + refused.count }
        #expect(incidents.allSatisfy { $0.pages == 1 })
    }

    /// An alarm of 40 kB.
    private static func large(_ id: String) -> TestDelivery {
        let delivery = TestDelivery.like(id: id, channel: "chn_\(id)")
        let text = String(decoding: delivery.body, as: UTF8.self)
        let note = String(repeating: "n", count: 40_000)
        return TestDelivery(
            body: Array(
                text.replacingOccurrences(of: "\"event\": {", with: "\"event\": { \"note\": \"\(note)\",")
                    .utf8))
    }
}
