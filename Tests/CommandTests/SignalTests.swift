import Foundation
import Testing

@Suite struct `A signal` {
    @Test(arguments: [SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM])
    func `that ends programs ends the relay in order`(_ number: Int32) async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            #expect(try relay.deliver(.documented).status == 200)
            relay.program.signal(number)
            #expect(try await relay.program.end(withinSeconds: 10) == .exit(0))
            #expect(relay.program.error.contains("event=relay.stopped"))
        }
    }

    @Test func `that comes twice, as timeout(1) sends it, ends the relay in order`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            // The relay waits for the rest of this request while the second one comes.
            let sender = try Connection(port: relay.port)
            sender.send("POST /opensense HTTP/1.1\r\n")
            relay.program.signal(SIGTERM)
            try await eventually("it is stopping") {
                relay.program.error.contains("event=relay.stopping") ? true : nil
            }
            relay.program.signal(SIGTERM)
            #expect(try await relay.program.end() == .exit(0))
            #expect(relay.program.error.contains("event=relay.stopped"))
            sender.finishSending()
        }
    }

    @Test func `of a terminal that closes ends nothing, and is in the log`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            relay.program.signal(SIGHUP)
            try await eventually("it is in the log") {
                relay.program.error.contains("event=relay.hung-up") ? true : nil
            }
            #expect(try relay.deliver(.documented).status == 200)
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `that dumps a core leaves no memory in it`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let process = "/proc/\(relay.program.processID)"
            let limits = try String(contentsOfFile: "\(process)/limits", encoding: .utf8)
            let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
            #expect(core?.split(whereSeparator: \.isWhitespace).dropFirst(4).prefix(2) == ["0", "0"])
            let filter = try String(contentsOfFile: "\(process)/coredump_filter", encoding: .utf8)
            #expect(Int(filter.filter { !$0.isWhitespace }, radix: 16) == 0)
            #expect(try await relay.stop() == .exit(0))
        }
    }
}
