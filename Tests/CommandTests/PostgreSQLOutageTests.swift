import Foundation
import Testing

/// A relay whose PostgreSQL is away, hangs, or has other settings than usual.
@Suite(.enabled(if: PostgreSQLServer.isInstalled)) struct `A relay whose PostgreSQL` {
    private func relay(_ world: World, _ address: String, vendor: String) async throws -> Relay {
        try await world.relay(
            destinations:
                #"pager: { adapter: "pagerduty", routingKey: "env:PAGER_KEY", baseURL: "\#(vendor)" }"#,
            store: address)
    }

    @Test func `is away when it starts says later to the sender, and goes on when it comes`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            try await PostgreSQLServer.run(world) { server in
                try await server.stop()
                let relay = try await relay(world, PostgreSQLServer.address(server), vendor: vendors.url)
                #expect(try relay.get("/healthz").status == 200)
                #expect(try relay.get("/readyz").status == 503)
                let early = try relay.deliver(.documented)
                #expect((early.status, early.code) == (429, "store-unavailable"))
                #expect(early.body.contains("store"), "\(early.body)")
                try await server.start()
                try await eventually("the delivery is taken") {
                    try relay.deliver(.documented).status == 200 ? true : nil
                }
                try await vendors.incidents { $0.map(\.pages) == [1] }
                #expect(try await relay.stop() == .exit(0))
            }
        }
    }

    @Test func `never comes ends in order all the same`() async throws {
        try await World.run { world in
            let port = try ReservedPort()
            let relay = try await relay(
                world, "postgres://u:p@127.0.0.1:\(port.number)/d", vendor: "http://127.0.0.1:9")
            #expect(try relay.deliver(.documented).status == 429)
            #expect(!relay.program.error.contains("u:p"))
            relay.program.signal(SIGTERM)
            #expect(try await relay.program.end(withinSeconds: 10) == .exit(0))
        }
    }

    @Test func `does not let it in is a mistake to mend, and it does not start`() async throws {
        try await World.run { world in
            try await PostgreSQLServer.run(world) { server in
                let address = PostgreSQLServer.address(server).replacing("/postgres?", with: "/nowhere?")
                let words = ["serve", "--listen", "127.0.0.1:0", "--store", address]
                let program = try world.start(words, environment: World.environment(at: "http://127.0.0.1:9"))
                #expect(try await program.end() == .exit(69))
                #expect(program.error.contains("\"nowhere\" does not exist"), "\(program.error)")
            }
        }
    }

    @Test func `hangs says later, and ends within 10 s when it is asked to`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            try await PostgreSQLServer.run(world) { server in
                let relay = try await relay(world, PostgreSQLServer.address(server), vendor: vendors.url)
                #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
                try await vendors.incidents { $0.count == 1 }
                try await server.signal("STOP")
                let answer = Result { try relay.deliver(.like(id: "wh_2", channel: "chn_2")) }
                relay.program.signal(SIGTERM)
                let end = try? await relay.program.end(withinSeconds: 10)
                try await server.signal("CONT")
                #expect(end == .exit(0))
                #expect((try? answer.get().status) == 429)

                let next = try await self.relay(world, PostgreSQLServer.address(server), vendor: vendors.url)
                #expect(try next.deliver(.like(id: "wh_2", channel: "chn_2")).status == 200)
                let incidents = try await vendors.incidents { $0.count == 2 }
                #expect(incidents.map(\.pages) == [1, 1])
                #expect(try await next.stop() == .exit(0))
            }
        }
    }

    @Test func `hangs for a while goes on when that does`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            try await PostgreSQLServer.run(world) { server in
                let relay = try await relay(world, PostgreSQLServer.address(server), vendor: vendors.url)
                #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
                try await server.signal("STOP")
                #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 429)
                // 15 s for the answer, and 5 s for another connection.
                try await eventually("the log says that it hangs") {
                    relay.program.error.contains("event=store.failed") ? true : nil
                }
                try await server.signal("CONT")
                try await eventually("the delivery is taken") {
                    try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 200 ? true : nil
                }
                let incidents = try await vendors.incidents { $0.count == 2 }
                #expect(incidents.map(\.pages) == [1, 1])
                #expect(try await relay.stop() == .exit(0))
            }
        }
    }

    @Test func `waits for a replica waits, too, and strands no process of the server`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            try await PostgreSQLServer.run(world) { server in
                let relay = try await relay(world, PostgreSQLServer.address(server), vendor: vendors.url)
                #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
                _ = try await server.query("ALTER SYSTEM SET synchronous_standby_names = 'away'")
                _ = try await server.query("SELECT pg_reload_conf()")
                try await eventually("a commit waits for the replica") {
                    let answer = try relay.deliver(.like(id: "wh_2", channel: "chn_2"))
                    return answer.status == 429 ? true : nil
                }
                // Longer than an answer is waited for: what waits is the one commit of before.
                let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                let start = ContinuousClock.now
                while start.duration(to: .now) < .seconds(18) {
                    #expect(try await server.query(waiting) == "1")
                    #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 429)
                }
                _ = try await server.query("ALTER SYSTEM RESET synchronous_standby_names")
                _ = try await server.query("SELECT pg_reload_conf()")
                try await eventually("the delivery is taken") {
                    try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 200 ? true : nil
                }
                let incidents = try await vendors.incidents { $0.count == 2 }
                #expect(incidents.map(\.pages) == [1, 1])
                #expect(try await relay.stop() == .exit(0))
            }
        }
    }

    @Test func `has unusual settings keeps every alarm of three relays in its order`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let settings = [
                "fsync=off", "default_transaction_isolation=repeatable\\ read", "synchronous_commit=off",
            ]
            try await PostgreSQLServer.run(world, settings: settings) { server in
                let address = PostgreSQLServer.address(server)
                let relays = [
                    try await relay(world, address, vendor: vendors.url),
                    try await relay(world, address, vendor: vendors.url),
                    try await relay(world, address, vendor: vendors.url),
                ]
                // Each sensor's alarm opens and clears through different relays, close together.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for sensor in 0..<24 {
                        group.addTask {
                            for step in 0..<6 {
                                let times = [
                                    "opened_at": -600 + step / 2 * 60, "cleared_at": -580 + step / 2 * 60,
                                ]
                                let isClear = step % 2 == 1
                                let event = AlarmEvent(
                                    kind: isClear ? "alarm_cleared" : "alarm_opened",
                                    id: "wh_\(sensor)_\(step)", channel: "chn_\(sensor)",
                                    times: isClear ? times : times.filter { $0.key == "opened_at" })
                                let code = try relays[(sensor + step) % 3].deliver(event)
                                #expect(code == "accepted")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await vendors.incidents { incidents in
                    Set(incidents.map(\.key)).count == 24 && incidents.allSatisfy { $0.status == "resolved" }
                }
                for relay in relays { #expect(try await relay.stop() == .exit(0)) }
                for relay in relays { #expect(!relay.program.error.contains("job.dead")) }
            }
        }
    }
}
