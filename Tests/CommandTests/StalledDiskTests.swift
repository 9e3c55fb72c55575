import Foundation
import TLSForTests
import Testing

/// A disk whose syncs do not end.
@Suite struct `A stalled disk` {
    /// Builds what has the syncs of a program wait, with the compiler that comes with Swift.
    private static func library(_ world: World) async throws -> String {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "StallingDisk/stall.c")
        let library = world.path("stall.so")
        let build = try world.run(
            shell: "clang -shared -fPIC -o \"$LIBRARY\" \"$SOURCE\" -ldl",
            environment: [
                "LIBRARY": library, "SOURCE": source.path,
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            ])
        #expect(try await build.end() == .exit(0), "\(build.error)")
        return library
    }

    @Test func `puts deliveries off in time, and holds up neither health nor TLS`() async throws {
        try await World.run { world in
            let certificate = try world.write(TestCertificate.first.certificate, to: "relay.pem")
            let key = try world.write(TestCertificate.first.key, to: "relay.key")
            let file = try world.write(
                """
                { listen: { tls: { certificate: "\(certificate)", key: "\(key)" } },
                  sources: [{ path: "/opensense", secrets: ["env:OPENSENSE_SECRET"] }],
                  destinations: {
                    oncall: {
                      adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY", baseURL: "http://127.0.0.1:9" } } }
                """, to: "relay.json5")
            let stall = world.path("stall")
            let environment = [
                "OPENSENSE_SECRET": Keys.secret, "PAGERDUTY_ROUTING_KEY": String(repeating: "0", count: 32),
                "LD_PRELOAD": try await Self.library(world), "STALL_FILE": stall,
            ]
            let relay = try await world.relay(
                world.start(world.serveWords + ["--config", file], environment: environment))
            let delivery = try TestDelivery.documented.request()
            #expect(try Self.ask(relay, delivery).contains("HTTP/1.1 200 "))

            _ = try world.write("", to: "stall")
            let waiting = try (0..<8).map { number in
                let other = TestDelivery.like(id: "late_\(number)")
                return try Self.connect(relay, other.request())
            }
            let health = Request(method: "GET", path: "/healthz")
            for _ in 0..<20 { #expect(try Self.ask(relay, health).contains("HTTP/1.1 200 ")) }
            // The stall lasts until the file is gone: no answer has waited for the disk.
            for client in waiting {
                let answer = client.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 429 "), "\(answer)")
                #expect(answer.contains("Retry-After: "))
            }
            try FileManager.default.removeItem(atPath: stall)
            let again = try TestDelivery.like(id: "late_0").request()
            try await eventually("it is taken: \(relay.program.error)") {
                try Self.ask(relay, again).hasPrefix("HTTP/1.1 200 ") ? true : nil
            }
        }
    }

    private static func connect(_ relay: Relay, _ request: Request) throws -> TLSClient {
        let connection = try Connection(port: relay.port)
        let client = try TLSClient(connection.descriptor, keeping: connection)
        try #require(client.shakeHands())
        client.send(String(decoding: request.bytes, as: UTF8.self))
        return client
    }

    private static func ask(_ relay: Relay, _ request: Request) throws -> String {
        try connect(relay, request).receiveAll()
    }
}
