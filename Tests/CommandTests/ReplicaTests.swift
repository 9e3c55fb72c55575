import Foundation
import Testing

@Suite(.enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL's server is not installed"))
struct `A PostgreSQL with a synchronous replica` {
    /// The primary goes as in a power failure while deliveries come in, and the replica takes over: every
    /// delivery that was answered 200 is there.
    @Test func `loses nothing that was answered 200 when the primary is gone`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            // The server does not wait for a replica until there is one; the relays ask for it themselves.
            let settings = ["synchronous_standby_names=*", "synchronous_commit=local", "fsync=off"]
            try await PostgreSQLServer.run(world, "primary", settings: settings) { primary in
                try await primary.withReplica("replica") { replica in
                    let store = PostgreSQLServer.address(
                        primary, replica,
                        settings:
                            "&target_session_attrs=read-write&options=-csynchronous_commit%3Dremote_apply")
                    let relay = try await self.relay(world, store, vendors)
                    let sender = StubbornSender([relay])
                    // The last third is held until the primary is gone, however fast the others were taken.
                    let gate = DispatchSemaphore(value: 0)
                    defer { gate.signal() }
                    // On separate threads: the test goes on.
                    async let answered = sender.send(incidents: 60) { count in
                        guard count >= 120 else { return }
                        gate.wait()
                        gate.signal()
                    }
                    try await eventually("some are delivered") {
                        try vendors.changes().count > 20 ? true : nil
                    }
                    try await primary.stop()
                    gate.signal()
                    try await replica.promote()
                    #expect(await answered == 180)
                    try await self.check(vendors, relay, sender)
                }
            }
        }
    }

    private func relay(_ world: World, _ store: String, _ vendors: Vendors) async throws -> Relay {
        let file = try world.write(
            `Relays that share a PostgreSQL`.configuration(store, vendor: vendors.url), to: "relay.json5")
        let program = try world.start(
            ["serve", "--config", file], environment: World.environment(["opsgenie"], at: ""))
        return try await world.relay(program)
    }

    private func check(_ vendors: Vendors, _ relay: Relay, _ sender: StubbornSender) async throws {
        try await vendors.incidents { incidents in
            incidents.count == 60 && incidents.allSatisfy { $0.status == "resolved" }
        }
        #expect(try vendors.incidents().allSatisfy { $0.pages == 1 })
        for incident in 0..<60 {
            for step in 0..<3 {
                let answer = try relay.deliver(sender.delivery(incident, step))
                #expect(answer.code == "duplicate", "\(incident) \(step)")
            }
        }
        #expect(relay.program.error.contains("unreachable"), "the relay did not notice")
    }
}
