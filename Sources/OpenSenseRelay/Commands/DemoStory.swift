internal import HTTPClient
internal import HeaderFields
internal import OpenSenseWebhooks
internal import VendorSandbox

/// The steps of the demonstration: each performs an action, prints it, and checks its effect.
struct DemoStory {
    /// How long a step may take to show in the vendors' incidents, in seconds.
    static let patienceSeconds = 15

    private let relayURL: String
    private let sandbox: Sandbox
    private let vendors: [any VendorEmulator]
    private let client: HTTPClient
    private let signer: WebhookSigner
    private let stranger: WebhookSigner
    private let openedAt = Live.unixSeconds

    /// - Throws: ``CommandError`` with code 69.
    init(
        relayPort: Int, sandbox: Sandbox, vendors: [any VendorEmulator], secret: String
    ) throws(CommandError) {
        relayURL = "http://127.0.0.1:\(relayPort)/opensense"
        self.sandbox = sandbox
        self.vendors = vendors
        do {
            client = try HTTPClient()
            signer = try WebhookSigner(secret: Secret(secret))
            stranger = try WebhookSigner(secret: Secret("not the secret at all"))
        } catch { throw CommandError(.unavailable, "The demo's client cannot be made: \(error)") }
    }

    /// Runs the steps in order; false when one failed.
    func run() async -> Bool {
        defer { client.close() }
        Terminal.out("A freezer's story, told to a relay at \(relayURL)\n\n")
        var results: [Bool] = []
        results.append(await strangerIsRefused())
        results.append(await alarmOpens())
        results.append(await retryIsQuiet())
        results.append(await acknowledgementArrives())
        results.append(await clearSurvivesAnOutage())
        results.append(await lateOpenIsQuiet())
        results.append(await staleIsPutOff())
        Terminal.out("\nWhat the vendors show now:\n")
        for incident in sandbox.snapshot.incidents {
            Terminal.out(
                "  \(incident.vendor.rawValue) \(incident.id): \(incident.status.rawValue), paged \(incident.pages)×, "
                    + "\(incident.summary)\n")
        }
        return results.allSatisfy(\.self)
    }

    private func strangerIsRefused() async -> Bool {
        let answer = await post(delivery("alarm_opened", "wh_stranger"), signer: stranger)
        return report("A stranger's request, signed with another secret, is refused", answer, 401, [:])
    }

    private func alarmOpens() async -> Bool {
        let answer = await post(delivery("alarm_opened", "wh_open"))
        return await report("The alarm opens: one incident at each vendor", answer, 200, reach: .triggered)
    }

    private func retryIsQuiet() async -> Bool {
        let before = sandbox.snapshot.log.count
        let answer = await post(delivery("alarm_opened", "wh_open"))
        let isQuiet = sandbox.snapshot.log.count == before
        return report(
            "The same delivery again is acknowledged and sends nothing", answer, 200,
            ["the vendors heard of it": !isQuiet])
    }

    private func acknowledgementArrives() async -> Bool {
        let answer = await post(delivery("alarm_ack", "wh_ack", after: 1))
        return await report(
            "A person takes it on: acknowledged at each vendor that lets others say so", answer, 200,
            reach: .acknowledged)
    }

    private func clearSurvivesAnOutage() async -> Bool {
        let (name, title) = (vendors.first?.vendor.rawValue ?? "*", vendors.first?.title ?? "a vendor")
        let order = #"{"vendor":"\#(name)","kind":"status","status":503,"nextRequests":2}"#
        let ordered = await send("http://127.0.0.1:\(sandbox.port)/faults", Array(order.utf8), [])
        let answer = await post(delivery("alarm_cleared", "wh_clear", after: 2))
        let isBroken = (200...299).contains(ordered ?? 0)
        let isReached = await report(
            "It clears while \(title) answers 503 twice: tried again until resolved", answer, 200,
            reach: .resolved)
        return isReached && isBroken
    }

    private func lateOpenIsQuiet() async -> Bool {
        let answer = await post(delivery("alarm_opened", "wh_late", eventID: "evt_late"))
        return report(
            "An open that arrives after its clear is stored and pages nobody", answer, 200,
            ["an incident is open": sandbox.snapshot.incidents.contains { $0.status != .resolved }])
    }

    private func staleIsPutOff() async -> Bool {
        let answer = await post(delivery("alarm_opened", "wh_stale"), signedSecondsAgo: 301)
        return report("A delivery signed 301 s ago is put off, not lost", answer, 429, [:])
    }

    // MARK: Sending

    private func delivery(
        _ kind: String, _ id: String, eventID: String? = nil, after seconds: Int = 0
    ) -> SampleDelivery {
        var delivery = SampleDelivery(
            kind: kind, eventID: eventID ?? "evt_\(id.dropFirst(3))", deliveryID: id, time: openedAt)
        delivery.happenedAt = openedAt + seconds
        return delivery
    }

    private func post(
        _ delivery: SampleDelivery, signer: WebhookSigner? = nil, signedSecondsAgo age: Int = 0
    ) async -> Int? {
        let body = delivery.body
        guard
            let signed = try? SignedRequest(
                body: body, unixSeconds: Live.unixSeconds - age, signer: signer ?? self.signer)
        else { return nil }
        return await send(relayURL, body, signed.fields.map { HeaderField($0.name, $0.value) })
    }

    /// The answer's status, nil for no answer.
    private func send(_ url: String, _ body: [UInt8], _ headers: [HeaderField]) async -> Int? {
        let request = ClientRequest(method: "POST", url: url, headers: headers, body: body)
        return try? await client.send(request).status
    }

    // MARK: Printing

    /// Waits until every vendor's one incident has come to `status`.
    private func report(
        _ what: String, _ answer: Int?, _ expected: Int, reach status: SandboxIncident.Status
    ) async -> Bool {
        var isReached = false
        for _ in 0..<Self.patienceSeconds * 20 where !isReached {
            let incidents = sandbox.snapshot.incidents
            isReached =
                incidents.count == vendors.count
                && incidents.allSatisfy {
                    ($0.status == status || !canReach(status, $0.vendor)) && $0.opens == 1 && $0.pages == 1
                }
            if !isReached { try? await Live.effects.sleep(50) }
        }
        return report(what, answer, expected, ["an incident is not \(status.rawValue)": !isReached])
    }

    /// Whether a vendor can be brought to show this from outside.
    private func canReach(_ status: SandboxIncident.Status, _ vendor: SandboxVendor) -> Bool {
        status != .acknowledged
            || vendors.first { $0.vendor == vendor }?.takesAcknowledgements ?? true
    }

    private func report(_ what: String, _ answer: Int?, _ expected: Int, _ faults: [String: Bool]) -> Bool {
        var found = faults.filter(\.value).map(\.key)
        if answer != expected { found.append("answered \(answer.map(String.init) ?? "nothing")") }
        let mark = found.isEmpty ? "✓" : "✗"
        let tail = found.isEmpty ? "\(expected)" : found.joined(separator: "; ")
        Terminal.out("  \(mark) \(what) (\(tail))\n")
        return found.isEmpty
    }
}
