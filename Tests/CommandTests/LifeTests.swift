import Foundation
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct `A running program` {
    @Test(arguments: [SIGTERM, SIGINT], ["relay", "sandbox"])
    func `ends with exit 0 when it is asked to, and its port is free again`(
        _ signal: Int32, _ what: String
    ) async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            let (program, port) =
                what == "relay" ? (relay.program, relay.port) : (vendors.program, vendors.port)
            // A connection that was left open by its sender must not keep it.
            let idle = try Connection(port: port)
            idle.send("GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n")
            _ = try idle.answer()
            program.signal(signal)
            #expect(try await program.end(withinSeconds: 10) == .exit(0))
            #expect(throws: Connection.Refused.self) { try Connection(port: port) }
        }
    }

    @Test func `shows its health on the admin address too, and nothing else there`() async throws {
        try await World.run { world in
            // The log does not show the admin port, so it is reserved beforehand.
            let admin = try ReservedPort()
            let file = try world.write(
                """
                { admin: "127.0.0.1:\(admin.number)", sources: [{ secrets: ["env:OPENSENSE_SECRET"] }],
                  destinations: {
                    oncall: { adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY" },
                  } }
                """, to: "relay.json5")
            let relay = try await world.relay(at: "http://127.0.0.1:9", arguments: ["--config", file])
            for port in [relay.port, admin.number] {
                for (path, code) in [("/healthz", "ok"), ("/readyz", "ready")] {
                    // Readiness is a commit, which strangers need not cause.
                    if path == "/readyz", port == relay.port {
                        #expect(try relay.get(path).status == 404)
                        continue
                    }
                    let answer = try Request(method: "GET", path: path).send(to: port)
                    #expect(answer.status == 200)
                    #expect(answer.code == code)
                }
            }
            #expect(try TestDelivery.documented.request().send(to: admin.number).status == 404)
        }
    }

    @Test func `writes a log of JSON objects with --log json`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9", arguments: ["--log", "json"])
            // A kind is the sender's text, which must not end a line or a string of the log.
            #expect(try relay.deliver(.like(kind: #"odd\n\"kind\""#, id: "wh_odd")).status == 200)
            #expect(try await relay.stop() == .exit(0))
            struct Line: Decodable {
                let time: String
                let level: String
                let event: String
                let kind: String?
            }
            let lines = try relay.program.error.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
            #expect(lines.first?.event == "relay.started")
            #expect(lines.contains { $0.event == "delivery.accepted" && $0.kind == "odd\n\"kind\"" })
            #expect(lines.last?.event == "relay.stopped")
            #expect(relay.program.out.isEmpty)
        }
    }
}
