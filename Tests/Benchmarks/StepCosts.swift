import AdapterKit
import FoundationEssentials
import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import StandardAdapters
import Synchronization

/// What each step of accepting a delivery costs by itself, one thread, in nanoseconds.
enum StepCosts {
    /// Measures the steps whose names contain `chosen`.
    static func measure(_ chosen: String) throws {
        let report = Reporter(chosen: chosen)
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
        let (decoder, data) = (JSONDecoder(), Data(body))
        report("decode the same with Foundation") {
            if case .object(let object)? = try? decoder.decode(JSONValue.self, from: data) {
                total += object.count
            }
        }
        let event = try Delivery(body: body).event
        report("name the incident") { total += IncidentKey(event, fallback: "").text.utf8.count }
        try measureTranslation(of: event, report, &total)
        measureOddBodies(report, &total)
        report("read a time") { total += EventTime("2026-05-17T08:10:00Z")?.unixMilliseconds ?? 0 }
        let written = Counter()
        let now = ClockReading(
            wall: WallTime(unixMilliseconds: 1_779_005_400_123), steady: SteadyTime(milliseconds: 0))
        let log = Log(format: .logfmt, now: { now }) { written.add($0.text.utf8.count) }
        let accepted = AcceptedDelivery(
            id: "wh_0123456789abcdef", kind: "alarm_opened", incident: "alarm/site_4f3c/dev_b1d2/chn_a1b2",
            verdict: .planned, reason: nil, sequence: 12)
        report("write a line of the log") { log.observe(.deliveryAccepted(accepted)) }
        print("(\(total + written.value))")
    }

    private static func measureTranslation(
        of event: Event, _ report: Reporter, _ total: inout Int
    ) throws {
        report("decode the event's fields") { total += event.fields.count }
        var names = PlaceNames()
        names[.site, event.siteID ?? ""] = .init(name: "Berlin")
        names[.device, event.deviceID ?? ""] = .init(name: "Freezer 3", unit: "°C")
        names.links = [try LinkTemplate("https://cold-rooms.example.org/{site}/{device}")]
        let context = AdapterContext(time: 0, nonce: "1")
        for type in StandardAdapters.all {
            let adapter = try type.make(settings(of: type))
            for (suffix, wording) in [("", Wording()), (" with names", Wording(names: names))] {
                report("translate an open for \(type.title)\(suffix)") {
                    let update = IncidentUpdate(
                        action: .open, key: IncidentKey(event, fallback: ""), event: event,
                        deliveryID: "wh_1", wording: wording)
                    guard case .send(let request, _)? = try? adapter.begin(update, context: context) else {
                        return
                    }
                    total += request.body.count + request.url.utf8.count
                }
            }
        }
    }

    /// Made-up settings.
    private static func settings(of type: AdapterType) throws -> AdapterSettings {
        var (texts, secrets): ([String: String], [String: Secret]) = ([:], [:])
        for setting in type.settings {
            if setting.isSecret {
                let usual = setting.name == "secret" ? String(repeating: "0f", count: 32) : nil
                let text = usual ?? setting.placeholder ?? "0123456789abcdef0123456789abcdef"
                secrets[setting.name] = try Secret(text)
            } else {
                let usual = setting.name == "requesterEmail" ? "a@example.org" : "name"
                texts[setting.name] = setting.defaultValue ?? usual
            }
        }
        return AdapterSettings(texts: texts, secrets: secrets)
    }

    /// What a sender with the secret could send at worst.
    private static func measureOddBodies(_ report: Reporter, _ total: inout Int) {
        let numbers = { "[" + String(repeating: "1,", count: 524_000) + "1]" }
        let deep = {
            String(repeating: "[", count: 500) + String(repeating: "1,", count: 40_000) + "1"
                + String(repeating: "]", count: 500)
        }
        let names = { "{" + (0..<100_000).map { "\"n\($0)\":1" }.joined(separator: ",") + "}" }
        for (name, field) in [
            ("a megabyte of numbers", numbers), ("40,000 numbers nested 500 deep", deep),
            ("100,000 fields", names),
        ] where report.chooses(name) {
            let body = Array(#"{"event":{"kind":"alarm_opened","field":\#(field())}}"#.utf8)
            report("read \(name)", rounds: 4) { total += (try? Delivery(body: body).event.times.count) ?? 0 }
            report("read \(name) and decode them", rounds: 4) {
                total += (try? Delivery(body: body).event.fields.count) ?? 0
            }
        }
    }
}

/// Prints what the chosen steps cost.
private struct Reporter {
    let chosen: String

    func chooses(_ what: String) -> Bool { chosen.isEmpty || "read \(what)".contains(chosen) }

    /// The best of five measurements: what else runs on the machine only adds to them.
    func callAsFunction(_ what: String, rounds: Int = 20_000, _ step: () -> Void) {
        guard chosen.isEmpty || what.contains(chosen) else { return }
        let clock = ContinuousClock()
        for _ in 0..<max(1, rounds / 20) { step() }
        let times = (0..<5).map { _ in clock.measure { for _ in 0..<rounds { step() } } }
        print("\(what): \((times.min() ?? .zero) / rounds)")
    }
}

private final class Counter: Sendable {
    private let sum = Atomic(0)
    var value: Int { sum.load(ordering: .relaxed) }
    func add(_ number: Int) { sum.add(number, ordering: .relaxed) }
}
