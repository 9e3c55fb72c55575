import Foundation
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct `What was answered 200 is delivered once` {
    @Test func `after kill -9 with the vendor down, and a restart`() async throws {
        try await World.run { world in
            let port = try ReservedPort()
            let url = "http://127.0.0.1:\(port.number)"
            let first = try await world.relay(at: url)
            #expect(try first.deliver(.documented).status == 200)
            try await first.program.killAtOnce()

            let second = try await world.relay(at: url)
            #expect(try second.deliver(.documented).code == "duplicate")
            let vendors = try await world.vendors(port: port.number)
            #expect(try await vendors.incidents { !$0.isEmpty }.map(\.pages) == [1])
            // The same lane's next job comes after everything that the alarm caused.
            #expect(try second.deliver(.like(kind: "alarm_cleared", id: "wh_clear")).status == 200)
            try await vendors.incidents { $0.map(\.status) == ["resolved"] }
            #expect(try vendors.changes().count == 2)
        }
    }

    @Test func `after kill -9 in the middle of many deliveries, and a restart`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            let answered = await send(80, to: relay) { done in if done == 40 { relay.program.signal(SIGKILL) }
            }
            #expect(!answered.isEmpty)
            #expect(answered.count < 80, "the relay was killed too late")
            try await relay.program.end()

            let next = try await world.relay(at: vendors.url)
            for id in answered {
                #expect(try next.deliver(.like(id: id, channel: "chn_\(id)")).code == "duplicate", "\(id)")
            }
            try await vendors.incidents { incidents in
                answered.allSatisfy { id in incidents.contains { $0.key.contains("chn_\(id)") } }
            }
            #expect(try vendors.incidents().allSatisfy { $0.pages == 1 })
        }
    }

    /// Sends alarms of different channels on four connections at a time; gives the ids answered 200.
    private func send(_ count: Int, to relay: Relay, onAnswer: @Sendable @escaping (Int) -> Void) async
        -> [String]
    {
        await withTaskGroup(of: String?.self) { group in
            var (next, ended, answered) = (0, 0, [String]())
            func add() {
                guard next < count else { return }
                let id = "wh_many_\(next)"
                next += 1
                group.addTask {
                    let answer = try? relay.deliver(.like(id: id, channel: "chn_\(id)"))
                    return answer?.status == 200 ? id : nil
                }
            }
            for _ in 0..<4 { add() }
            for await id in group {
                ended += 1
                onAnswer(ended)
                if let id { answered.append(id) }
                add()
            }
            return answered
        }
    }

    @Test func `no sooner than the vendor's Retry-After allows`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            try vendors.inject(
                #"{"vendor":"pagerduty","kind":"status","status":429,"retryAfterSeconds":2,"nextRequests":1}"#
            )
            #expect(try relay.deliver(.documented).status == 200)
            #expect(try await vendors.incidents { !$0.isEmpty }.map(\.pages) == [1])
            let changes = try vendors.changes()
            #expect(changes.map(\.status) == [429, 202])
            #expect((changes.last?.at ?? 0) - (changes.first?.at ?? 0) >= 2)
        }
    }

    @Test func `while a vendor hangs SIGTERM ends the relay in 10 s with exit 0, and a restart delivers`()
        async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            try vendors.inject(#"{"vendor":"pagerduty","kind":"latency","latencyMilliseconds":60000}"#)
            #expect(try relay.deliver(.documented).status == 200)
            try await eventually("the vendor is asked") { try vendors.changes().isEmpty ? nil : true }
            relay.program.signal(SIGTERM)
            #expect(try await relay.program.end(withinSeconds: 10) == .exit(0))

            // Counted while no relay runs: on a busy machine the first has asked more than once.
            let asked = try vendors.changes().count
            try vendors.clearFaults()
            let next = try await world.relay(at: vendors.url)
            try await eventually("the vendor is asked again") {
                try vendors.changes().count > asked ? true : nil
            }
            try await vendors.incidents { $0.map(\.pages) == [1] }
            #expect(try await next.stop() == .exit(0))
        }
    }

    @Test func `a vendor that is frozen holds up no answer to the sender, and is sent to when it goes on`()
        async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            vendors.program.signal(SIGSTOP)
            for number in 0..<20 {
                let delivery = TestDelivery.like(id: "wh_\(number)", channel: "chn_\(number)")
                #expect(try relay.deliver(delivery).code == "accepted")
            }
            vendors.program.signal(SIGCONT)
            let incidents = try await vendors.incidents { $0.count == 20 }
            #expect(incidents.allSatisfy { $0.pages == 1 })
        }
    }
}
