import Foundation
import Testing

/// What a refusal leaves in the log.
@Suite struct `A refusal` {
    @Test(arguments: [
        (method: "POST", path: "/opensens", code: "not-found", status: 404),
        (method: "GET", path: "/opensense", code: "method-not-allowed", status: 405),
        (method: "POST", path: "/healthz", code: "method-not-allowed", status: 405),
    ])
    func `of a path or a method leaves a line with who asked for what`(
        _ row: (method: String, path: String, code: String, status: Int)
    ) async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let request = Request(method: row.method, path: row.path)
            #expect(try request.send(to: relay.port).status == row.status)
            let line =
                "event=request.refused code=\(row.code) status=\(row.status) peer=127.0.0.1 path=\(row.path)\n"
            try await eventually("the line is there: \(relay.program.error)") {
                relay.program.error.contains(line) ? true : nil
            }
        }
    }

    @Test func `leaves sixty lines a minute, and a count of the others`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            for number in 0..<100 {
                #expect(try Request(path: "/no-\(number)").send(to: relay.port).status == 404)
            }
            #expect(try await relay.stop() == .exit(0))
            let lines = relay.program.error.split(separator: "\n")
            #expect(lines.count { $0.contains("event=request.refused") } >= 60)
            let suppressed = lines.compactMap {
                $0.firstMatch(of: #/event=log.suppressed of=request.refused code=not-found lines=([0-9]+)/#)
            }.compactMap { Int($0.1) }.reduce(0, +)
            #expect(lines.count { $0.contains("code=not-found status=404") } + suppressed == 100)
        }
    }

    @Test func `of a signature says from where, and that the request is kept`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            var stranger = TestDelivery.documented
            stranger.secret = Keys.otherSecret
            #expect(try relay.deliver(stranger).status == 401)
            for event in ["delivery.refused", "delivery.quarantined"] {
                let line = "event=\(event) code=signature-mismatch peer=127.0.0.1 path=/opensense"
                try await eventually("the line is there: \(relay.program.error)") {
                    relay.program.error.contains(line) ? true : nil
                }
            }
        }
    }

    @Test(arguments: [
        ("", "header-missing"),
        ("X-OpenSense-Signature: t=1,v1=short\r\n", "header-malformed"),
        ("X-OpenSense-Signature: v1=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n", "header-malformed"),
    ])
    func `of a signature that none can have made comes before the body`(_ row: (field: String, code: String))
        async throws
    {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let connection = try Connection(port: relay.port)
            connection.send(
                "POST /opensense HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\(row.field)\r\n")
            #expect(try connection.answer().status == 401)
            let line = "event=delivery.refused code=\(row.code) peer=127.0.0.1 path=/opensense"
            try await eventually("the line is there: \(relay.program.error)") {
                relay.program.error.contains(line) ? true : nil
            }
        }
    }
}
