import Foundation
import Testing

/// A relay on PostgreSQL that is asked to stop while it connects to hosts that drop what is sent to them.
@Suite(.enabled(if: PostgreSQLServer.isInstalled)) struct `A relay that connects to mute hosts` {
    /// Each is given 5 s, or what the address says: together longer than a stop may take.
    private static let hosts = 4

    private func relay(_ world: World, _ address: String) async throws -> Relay {
        try await world.relay(
            destinations:
                #"pager: { adapter: "pagerduty", routingKey: "env:PAGER_KEY", baseURL: "http://127.0.0.1:9" }"#,
            store: address)
    }

    private func expectStop(_ relay: Relay) async throws {
        relay.program.signal(SIGTERM)
        #expect(try await relay.program.end(withinSeconds: 10) == .exit(0))
        #expect(relay.program.error.contains("event=relay.stopped"), "\(relay.program.error)")
    }

    @Test func `ends within 10 s where its server has gone`() async throws {
        try await World.run { world in
            let mute = MutePort()
            try await PostgreSQLServer.run(world) { server in
                let places = [server.folder] + Array(repeating: "127.0.0.1", count: Self.hosts)
                let ports = ["5432"] + Array(repeating: "\(mute.number)", count: Self.hosts)
                let relay = try await relay(
                    world,
                    "postgres://postgres@/postgres?host=\(places.joined(separator: ","))"
                        + "&port=\(ports.joined(separator: ","))")
                #expect(try relay.deliver(.documented).status == 200)
                try await server.stop()
                #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 429)
                try await expectStop(relay)
            }
        }
    }

    @Test func `ends within 10 s where it has never reached one`() async throws {
        try await World.run { world in
            let mute = MutePort()
            let hosts = Array(repeating: "127.0.0.1:\(mute.number)", count: Self.hosts)
            let relay = try await relay(
                world, "postgres://postgres@\(hosts.joined(separator: ","))/postgres")
            try await Task.sleep(for: .seconds(2))  // the next attempt has begun
            try await expectStop(relay)
        }
    }
}
