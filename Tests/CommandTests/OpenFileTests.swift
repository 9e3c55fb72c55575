import Foundation
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What happens when peers open more connections than the relay may have files.
@Suite struct `The limit on open files` {
    @Test(arguments: [(limit: 128, strangers: 300), (limit: 1_024, strangers: 1_100)])
    func `leaves room to reach the vendors, however many connections are open`(
        _ row: (limit: Int, strangers: Int)
    ) async throws {
        Self.raiseOwnLimit()
        try await World.run { world in
            let vendors = try await world.vendors()
            let program = try world.start(
                world.serveWords, environment: World.environment(["pagerduty", "opsgenie"], at: vendors.url),
                openFilesMax: row.limit)
            let relay = try await world.relay(program)
            // On a connection of each delivery's: it comes after those of all the others.
            func deliver(_ number: Int) throws -> Int {
                let request = try TestDelivery.like(id: "wh_\(number)", channel: "chn_\(number)").request()
                let sender = try Connection(port: relay.port)
                sender.send(request.bytes)
                return try sender.answer().status
            }
            let strangers = try (0..<row.strangers).map { _ in try Connection(port: relay.port) }
            try await Self.settled(program)
            for number in 1...20 { #expect(try deliver(number) == 200) }
            try await vendors.incidents { $0.count == 40 }
            #expect(program.isRunning)
            withExtendedLifetime(strangers) {}
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `is refused when it is too low, in words that say what to do`() async throws {
        try await World.run { world in
            let program = try world.start(
                world.serveWords, environment: World.environment(at: "http://127.0.0.1:9"), openFilesMax: 100)
            #expect(try await program.end() == .exit(69))
            #expect(program.error.contains("100 open files"))
            #expect(program.error.contains("at least 128"))
        }
    }

    /// Waits until the program has accepted what it is going to accept.
    private static func settled(_ program: Program) async throws {
        var (last, looks) = (-1, 0)
        try await eventually("the number of open files settles, now \(last)") {
            let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(program.processID)/fd")
            looks = files.count == last ? looks + 1 : 0
            last = files.count
            return looks == 10 ? true : nil
        }
    }

    /// The test itself holds one descriptor for each of those connections.
    private static func raiseOwnLimit() {
        var limit = rlimit()
        // The structure lives through both calls.
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
