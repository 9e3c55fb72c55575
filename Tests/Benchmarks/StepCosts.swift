import AdapterKit
import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Synchronization

/// What each step of accepting a delivery costs by itself, one thread, in nanoseconds.
enum StepCosts {
    static func measure() throws {
        let signer = try WebhookSigner(secret: Secret(RequestFile.secret))
        let verifier = try WebhookVerifier(secrets: [Secret(RequestFile.secret)])
        let body = RequestFile.body("0123456789abcdef")
        let header = try signer.signatureHeader(body: body.span, timestamp: 1)
        var total = 0
        report("verify") {
            total +=
                (try? verifier.verify(body: body.span, signatureHeaders: [header], at: 1).ageSeconds) ?? 0
        }
        report("read the delivery") { total += (try? Delivery(body: body).attempt) ?? 0 }
        let event = try Delivery(body: body).event
        report("name the incident") { total += IncidentKey(event, fallback: "").text.utf8.count }
        report("read a time") { total += EventTime("2026-05-17T08:10:00Z")?.unixMilliseconds ?? 0 }
        let written = Counter()
        let now = ClockReading(
            wall: WallTime(unixMilliseconds: 1_779_005_400_123), steady: SteadyTime(milliseconds: 0))
        let log = Log(format: .logfmt, now: { now }) { line, _ in written.add(line.utf8.count) }
        let accepted = AcceptedDelivery(
            id: "wh_0123456789abcdef", kind: "alarm_opened", incident: "alarm/site_4f3c/dev_b1d2/chn_a1b2",
            verdict: .planned, reason: nil, sequence: 12)
        report("write a line of the log") { log.observe(.deliveryAccepted(accepted)) }
        print("(\(total + written.value))")
    }

    private static func report(_ what: String, _ step: () -> Void) {
        let rounds = 100_000
        let clock = ContinuousClock()
        for _ in 0..<1_000 { step() }
        let time = clock.measure { for _ in 0..<rounds { step() } }
        print("\(what): \(time / rounds)")
    }
}

private final class Counter: Sendable {
    private let sum = Atomic(0)
    var value: Int { sum.load(ordering: .relaxed) }
    func add(_ number: Int) { sum.add(number, ordering: .relaxed) }
}
