internal import ASCIIBytes
internal import AdapterKit
internal import OpenSenseWebhooks

extension AdapterContract {
    /// Every request for every update, or why there is none.
    func samples(_ adapter: any IncidentAdapter) -> (requests: [ContractSample], missing: [ContractViolation])
    {
        var samples: [ContractSample] = []
        var missing: [ContractViolation] = []
        for event in ContractEvent.usual + ContractEvent.hostile {
            for action in adapter.actions {
                let name = "To \(action) an event \(event)"
                guard let rehearsal = rehearsal(adapter, event, action) else { continue }
                samples += rehearsal.turns.map { ContractSample(name, $0.request) }
                if let first = rehearsal.turns.first, first.request.purpose != .deliver {
                    let text = "\(name): the first request asks for an outcome that nothing can have yet."
                    missing.append(.init(.wellFormedRequests, text, fault: "begins with a check"))
                }
                missing += keptViolations(rehearsal, name)
                if let fault = fault(of: rehearsal) {
                    missing.append(.init(.everyUpdate, "\(name) \(fault).", fault: fault))
                }
            }
        }
        return (samples, missing)
    }

    /// Why an update is not brought to a vendor that accepts everything; nil when it is.
    private func fault(of rehearsal: AdapterRehearsal) -> String? {
        if let error = rehearsal.error { return "fails: \(error)" }
        if rehearsal.update.action == .update, hidesChange(rehearsal) {
            return "does not say what has changed"
        }
        switch rehearsal.end {
        case .done where rehearsal.update.action == .open && rehearsal.turns.isEmpty: return "has no request"
        case .done: return nil
        case .send, .askLater: return "does not end within \(AdapterRehearsal.turnsMax) steps"
        default: return "is not done, though the vendor accepts all; the contract's answer may be wrong"
        }
    }

    /// Whether no request has the note, as far as that can be seen: in a JSON body.
    ///
    /// The delivery's bytes as they came say by themselves how it is now.
    private func hidesChange(_ rehearsal: AdapterRehearsal) -> Bool {
        if rehearsal.turns.map(\.request).contains(where: { $0.isAsItCame(rehearsal.update.event.body) }) {
            return false
        }
        let bodies = rehearsal.turns.compactMap { JSONBody.decode($0.request.body) }
        return !bodies.isEmpty && !bodies.contains { $0.contains(text: ContractEvent.change) }
    }

    /// Every update is answered by requests that can be sent, none longer than the vendor takes.
    func updateViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        let (samples, missing) = samples(adapter)
        let malformed = samples.flatMap { sample in
            faults(of: sample).map {
                ContractViolation(
                    .wellFormedRequests, "\(sample): the request \($0).",
                    fault: $0.contains("URL") ? "URL" : $0)
            }
        }
        return missing + malformed + limitViolations(adapter, samples)
    }

    /// The same update gives the same bytes: again, from another adapter, with its fields in another order.
    func sameBytesViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        let twin = (try? made(settings)) ?? adapter
        return ContractEvent.usual.flatMap { event in
            adapter.actions.flatMap { action -> [ContractViolation] in
                let first = kept(adapter, event, action)
                let others = [kept(adapter, event, action), kept(twin, event, action)]
                return others.allSatisfy { $0 == first }
                    ? []
                    : [
                        .init(
                            .sameBytes, "To \(action) an event \(event) differs from one call to the next.",
                            fault: "differs")
                    ]
            }
        } + reorderedViolations(adapter)
    }

    /// All that leaves an adapter for an update.
    private func kept(
        _ adapter: any IncidentAdapter, _ event: ContractEvent, _ action: IncidentUpdate.Action
    ) -> [AdapterStep] {
        guard let rehearsal = rehearsal(adapter, event, action) else { return [] }
        return rehearsal.turns.map { .send($0.request, progress: $0.context.progress) }
            + [rehearsal.end].compactMap(\.self)
    }

    /// Fields have no order, so theirs must not show, except in a delivery that is passed on as it came.
    ///
    /// It is how an unordered collection gives itself away.
    private func reorderedViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        let names = (0..<40).map { "\"field_\($0)\":\($0)" }
        let bodies = [names, names.reversed(), names.sorted()].map { fields in
            ContractEvent(
                "with unknown fields",
                body: #"{"event":{"kind":"alarm_opened","site_id":"s","#
                    + fields.joined(separator: ",") + "}}")
        }
        let all = bodies.map { requests(adapter, $0, .open) }
        let isAsItCame = zip(all, bodies).allSatisfy { requests, event in
            requests.contains { $0.isAsItCame(event.body) }
        }
        return isAsItCame || all.allSatisfy { $0 == all.first }
            ? []
            : [
                .init(
                    .sameBytes, "The order of an event's fields changes the request.", fault: "differs")
            ]
    }

    /// What is wrong with a request, each completing a sentence that begins "the request".
    private func faults(of sample: ContractSample) -> [String] {
        let request = sample.request
        var faults: [String] = []
        let isPrintable = request.url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        let afterScheme =
            request.url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
        let host = afterScheme.split(separator: "/", omittingEmptySubsequences: false).first
        if !isPrintable || host?.isEmpty ?? true
            || !(request.url.hasPrefix("https://") || request.url.hasPrefix("http://"))
        {
            faults.append("has no absolute URL")
        }
        let path = request.url.split(separator: "?", omittingEmptySubsequences: false).first ?? ""
        if path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) {
            faults.append("has a URL with dot segments, which a client may resolve into another path")
        }
        for field in request.fields {
            if !ASCII.isToken(field.name) { faults.append("has a header field with a malformed name") }
            if !field.value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
                faults.append("has a header field \(field.name) that is not one line of ASCII")
            }
            if ["content-length", "host", "user-agent", "transfer-encoding"].contains(field.name.lowercased())
            {
                faults.append("has the header field \(field.name), which is the client's")
            }
        }
        let isJSON = request.fields.contains {
            ASCII.equalsIgnoringCase($0.name, "Content-Type") && $0.value.lowercased().contains("json")
        }
        if isJSON, sample.body == nil { faults.append("announces JSON and has none") }
        if request.method == .get, !request.body.isEmpty { faults.append("is a GET with a body") }
        return faults
    }
}

extension OutboundRequest {
    /// Whether its body is a delivery's, byte for byte.
    func isAsItCame(_ delivery: [UInt8]) -> Bool { body == delivery }
}

/// One of an adapter's requests, and what it is for.
struct ContractSample: CustomStringConvertible {
    /// What was asked for, such as "To open an event …".
    let description: String
    let request: OutboundRequest
    /// Its body when that is JSON.
    let body: JSONValue?

    var bytes: Int { request.body.count }

    init(_ description: String, _ request: OutboundRequest) {
        self.description = description
        self.request = request
        body = JSONBody.decode(request.body)
    }
}

extension JSONValue {
    /// Whether one of its texts has `part` in it.
    func contains(text part: String) -> Bool {
        switch self {
        case .string(let text): text.contains(part)
        case .array(let items): items.contains { $0.contains(text: part) }
        case .object(let fields): fields.contains { $0.value.contains(text: part) }
        case .null, .boolean, .number: false
        }
    }
}
