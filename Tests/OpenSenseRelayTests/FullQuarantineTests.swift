import OpenSenseWebhooks
import RelayCore
import Synchronization
import Testing

@testable import HTTPServer
@testable import OpenSenseRelay

/// What strangers cost a relay whose quarantine has no room.
@Suite struct `A full quarantine` {
    /// What the relay has asked of the journal, which keeps no request, and the test's clock.
    private final class Counts: Sendable {
        let asked = Atomic(0)
        let milliseconds = Atomic(0)
    }

    /// A relay of two sources, by a clock that a test sets.
    private final class World {
        let counts = Counts()
        private let poller: Poller
        private let outbox: Outbox

        init() throws {
            poller = try Poller.make()
            outbox = Outbox(poller.waker)
        }

        func handler() throws -> IntakeHandler {
            let counts = counts
            let sources = try ["/one", "/two"].map { path in
                SourceConfiguration(path: path, secrets: [try Secret("a secret of \(path)")])
            }
            let configuration = Configuration(
                store: .memory, sources: sources, destinations: [], routes: [])
            return IntakeHandler(
                current: CurrentGeneration(try Generation(configuration)),
                journal: StubJournal { _ in
                    counts.asked.add(1, ordering: .relaxed)
                    return .quarantined(.dropped)
                },
                effects: Effects(
                    wallTime: { WallTime(unixSeconds: 1_783_250_000) },
                    steadyTime: { SteadyTime(milliseconds: counts.milliseconds.load(ordering: .relaxed)) },
                    sleep: { _ in },
                    random: { 0 }),
                observe: { _ in }, onWork: { _ in }, onHeard: nil, hidesReadiness: false)
        }

        /// The status of the answer to a request with a fresh signature that no secret made.
        func status(_ path: String, from handler: IntakeHandler, at milliseconds: Int) -> Int? {
            counts.milliseconds.store(milliseconds, ordering: .relaxed)
            let signature = HeaderField(
                "X-OpenSense-Signature", "t=1783250000,v1=" + String(repeating: "A", count: 43) + "=")
            handler.handle(
                ServerRequest(method: "POST", target: path, headers: [signature], body: Array("{}".utf8)),
                reply: ServerReply(outbox, connection: 1, sequence: 0, streamBytesMax: 0))
            handler.turnEnded()
            var letters: [Outbox.Letter] = []
            outbox.take(&letters)
            guard letters.count == 1, case .answer(let response) = letters[0].content else { return nil }
            return response.status
        }
    }

    @Test func `is asked once a second for each source, and strangers are put off meanwhile`() throws {
        let world = try World()
        let handler = try world.handler()
        for time in [0, 1, 500, 999] {
            #expect(world.status("/one", from: handler, at: time) == 429)
            #expect(world.counts.asked.load(ordering: .relaxed) == 1)
        }
        #expect(world.status("/two", from: handler, at: 999) == 429)
        #expect(world.counts.asked.load(ordering: .relaxed) == 2)
        #expect(world.status("/one", from: handler, at: 1_000) == 429)
        #expect(world.counts.asked.load(ordering: .relaxed) == 3)
    }
}
