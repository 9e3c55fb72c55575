internal import AdapterKit
internal import OpenSenseWebhooks

/// A report as a delivery of the relay to itself: ledger, timeline and lanes are those of any alarm.
extension TroubleWatch.Report {
    /// The kinds of the relay's own events.
    static let openKind = "relay_trouble"
    static let overKind = "relay_trouble_over"

    /// The delivery; nil where no destination is left to be sent it.
    func acceptance(_ policy: TroublePolicy, _ past: AcceptancePolicy, at now: WallTime) -> Acceptance? {
        let destinations = policy.destinations(for: trouble)
        guard !destinations.isEmpty else { return nil }
        let kind = isOver ? Self.overKind : Self.openKind
        let name = "\(trouble.key.text) \(since.unixMilliseconds) \(kind)"
        // A trouble that comes back at once, and its end, have other ids.
        let id = "\(kind)-\(DeliveryKey(of: "\(name) \(now.unixMilliseconds)").low)"
        // Without times: what several relays report of one trouble is one alarm, and the order of acceptance
        // decides.
        let step = TimelineStep(
            action: isOver ? .resolve : .open, openedAt: nil, reference: nil, eventID: id,
            severity: policy.severity, destinations: destinations)
        var acceptance = Acceptance(
            identities: [DeliveryKey(of: "relay\n\(id)")], deliveryID: id, kind: kind, receivedAt: now,
            body: body(kind, id, policy), content: .step(trouble.key, step))
        acceptance.policy = past
        return acceptance
    }

    private func body(_ kind: String, _ id: String, _ policy: TroublePolicy) -> [UInt8] {
        let event: JSONObject = [
            "id": .string(id), "kind": .string(kind), "severity": .string(policy.severity),
            "trouble": .string(trouble.kind.rawValue), "subject": .string(trouble.subject),
            "text": .string(sentence), "count": .number(JSONNumber(count)),
        ]
        let body: JSONObject = ["event": .object(event), "delivery": ["id": .string(id)]]
        // Texts and numbers alone: there is nothing that JSON cannot write.
        return (try? JSONBody.encode(.object(body))) ?? Array(#"{"event":{"kind":"\#(kind)"}}"#.utf8)
    }

    /// What a person reads first.
    var sentence: String {
        let what = trouble.subject.isEmpty ? "" : " (\(trouble.subject))"
        let times = count > 1 ? ", \(count) times" : ""
        return isOver
            ? "over: \(trouble.kind.words)\(what)" : "\(trouble.kind.words)\(what)\(times): \(text)"
    }
}

extension Trouble.Kind {
    /// A few words for a person.
    var words: String {
        switch self {
        case .deadLetter: "a vendor refuses updates"
        case .givenUp: "updates were tried for a day without success"
        case .unreadable: "a delivery cannot be read"
        case .stalled: "nothing reaches a destination"
        case .credentials: "a destination refuses its credentials"
        case .unclaimed: "work waits that no relay can do"
        case .clock: "deliveries are put off for their age"
        case .store: "the store cannot commit"
        case .silent: "a source is silent"
        case .secret: "a source signs with another secret"
        case .path: "deliveries of a source come to another path than its own"
        case .certificate: "the certificate that senders are shown ends"
        }
    }
}
