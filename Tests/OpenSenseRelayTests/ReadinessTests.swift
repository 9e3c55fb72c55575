import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Synchronization
import Testing

@Suite struct `The readiness of a relay` {
    private final class Probe: Sendable {
        let asked = Mutex<[Readiness.Reply]>([])
        let answers = Mutex<[Int]>([])

        func request(_ readiness: Readiness, at milliseconds: Int) {
            readiness.answer(
                { answer in self.answers.withLock { $0.append(answer.status) } },
                at: SteadyTime(milliseconds: milliseconds)
            ) { found in asked.withLock { $0.append(found) } }
        }

        var askedCount: Int { asked.withLock { $0.count } }
        var statuses: [Int] { answers.withLock { $0 } }
        func found(_ status: Int) {
            let last = asked.withLock { $0.last }
            last?(WebhookResponse(status: status, code: "x", message: "x"))
        }
    }

    @Test func `is asked of the store once a second, by however many`() {
        let (readiness, probe) = (Readiness(), Probe())
        for _ in 0..<10 { probe.request(readiness, at: 0) }
        #expect(probe.askedCount == 1)
        #expect(probe.statuses.isEmpty)
        probe.found(200)
        #expect(probe.statuses == Array(repeating: 200, count: 10))
        for time in [1, 999] { probe.request(readiness, at: time) }
        #expect((probe.askedCount, probe.statuses.count) == (1, 12))
        probe.request(readiness, at: 1_000)
        #expect((probe.askedCount, probe.statuses.count) == (2, 12))
        probe.found(503)
        #expect(probe.statuses.last == 503)
    }

    @Test func `keeps a bounded number waiting, and has the answer of before for more`() {
        let (readiness, probe) = (Readiness(), Probe())
        for _ in 0..<Readiness.waitingMax + 3 { probe.request(readiness, at: 0) }
        #expect(probe.statuses == [503, 503, 503])
        probe.found(200)
        #expect(probe.statuses.count { $0 == 200 } == Readiness.waitingMax)
    }
}
