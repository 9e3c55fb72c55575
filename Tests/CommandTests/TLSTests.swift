import Foundation
import TLSForTests
import Testing

/// A relay that speaks TLS itself.
@Suite struct `The front door with TLS` {
    private static func configuration(_ world: World, _ given: TestCertificate) throws -> String {
        let certificate = try world.write(given.certificate, to: "relay.pem")
        let key = try world.write(given.key, to: "relay.key")
        return try world.write(
            """
            { listen: { address: "127.0.0.1:1", tls: { certificate: "\(certificate)", key: "\(key)" } },
              sources: [{ path: "/opensense", secrets: ["env:OPENSENSE_SECRET"] }],
              destinations: {
                oncall: {
                  adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY", baseURL: "http://127.0.0.1:9" } } }
            """, to: "relay.json5")
    }

    private static let environment = [
        "OPENSENSE_SECRET": Keys.secret, "PAGERDUTY_ROUTING_KEY": String(repeating: "0", count: 32),
    ]

    @Test func `takes deliveries, and says in words what came without it`() async throws {
        try await World.run { world in
            let file = try Self.configuration(world, .first)
            let relay = try await world.relay(
                world.start(world.serveWords + ["--config", file], environment: Self.environment))
            let connection = try Connection(port: relay.port)
            let client = try TLSClient(connection.descriptor, keeping: connection)
            try #require(client.shakeHands())
            let request = try TestDelivery.documented.request()
            client.send(String(decoding: request.bytes, as: UTF8.self))
            client.finishSending()
            let answer = client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
            let plain = try request.send(to: relay.port)
            #expect(plain.status == 400)
            #expect(plain.code == "tls-missing")
            let stranger = try Connection(port: relay.port)
            stranger.send([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])
            try await eventually("the line is there: \(relay.program.error)") {
                relay.program.error.contains("event=handshake.failed peer=127.0.0.1 reason=") ? true : nil
            }
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `does not start without its key, and says which file`() async throws {
        try await World.run { world in
            let file = try Self.configuration(world, .encrypted)
            let run = try await world.run(["check-config", file], environment: Self.environment)
            #expect(run.end == .exit(78))
            #expect(run.error.contains("listen.tls.key"))
            #expect(run.error.contains("passphrase"))
            #expect(!run.error.contains("PRIVATE KEY"))
        }
    }
}
