internal import AdapterKit
internal import OpenSenseWebhooks

extension AdapterContract {
    /// Every update is answered, and by requests that can be sent.
    func updateViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        (ContractEvent.usual + ContractEvent.hostile).flatMap { event in
            IncidentUpdate.Action.allCases.flatMap { action -> [ContractViolation] in
                guard let update = event.update(action) else {
                    return [.init(.everyUpdate, "The kit's own event \(event) is no delivery.")]
                }
                do {
                    let requests = try adapter.requests(for: update, correlation: nil)
                    if requests.isEmpty, action == .open {
                        return [.init(.everyUpdate, "To \(action) an event \(event) there is no request.")]
                    }
                    return requests.flatMap { faults(of: $0) }.map {
                        .init(.wellFormedRequests, "To \(action) an event \(event) the request \($0).")
                    }
                } catch {
                    return [.init(.everyUpdate, "To \(action) an event \(event) fails: \(error)")]
                }
            }
        }
    }

    /// The same update gives the same bytes: again, from another adapter, and with the fields in another order.
    func sameBytesViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        let twin = try? made(settings)
        return ContractEvent.usual.flatMap { event in
            IncidentUpdate.Action.allCases.flatMap { action -> [ContractViolation] in
                let first = requests(adapter, event, action)
                let others = [
                    requests(adapter, event, action), twin.map { requests($0, event, action) } ?? first,
                ]
                return others.allSatisfy { $0 == first }
                    ? []
                    : [.init(.sameBytes, "To \(action) an event \(event) differs from one call to the next.")]
            }
        } + reorderedViolations(adapter)
    }

    /// Fields have no order, so theirs must not show; it is how an unordered collection gives itself away.
    private func reorderedViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        let names = (0..<40).map { "\"field_\($0)\":\($0)" }
        let bodies = [names, names.reversed(), names.sorted()].map { fields in
            ContractEvent(
                "with unknown fields",
                body: #"{"event":{"kind":"alarm_opened","site_id":"s","#
                    + fields.joined(separator: ",") + "}}")
        }
        let all = bodies.map { requests(adapter, $0, .open) }
        return all.allSatisfy { $0 == all.first }
            ? [] : [.init(.sameBytes, "The order of an event's fields changes the request.")]
    }

    /// What is wrong with a request, each completing a sentence that begins "the request".
    private func faults(of request: OutboundRequest) -> [String] {
        var faults: [String] = []
        let isPrintable = request.url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        let host = request.url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
            .dropFirst(2).first
        if !isPrintable || host?.isEmpty ?? true
            || !(request.url.hasPrefix("https://") || request.url.hasPrefix("http://"))
        {
            faults.append("has no absolute URL")
        }
        let path = request.url.split(separator: "?", omittingEmptySubsequences: false).first ?? ""
        if path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) {
            faults.append("has a URL with dot segments, which a client may resolve into another path")
        }
        if request.purpose != .deliver { faults.append("is not for delivering") }
        for field in request.fields {
            if !Self.isToken(field.name) { faults.append("has a header field with a malformed name") }
            if !field.value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
                faults.append("has a header field \(field.name) that is not one line of ASCII")
            }
            if ["content-length", "host", "user-agent", "transfer-encoding"].contains(field.name.lowercased())
            {
                faults.append("has the header field \(field.name), which is the client's")
            }
        }
        let isJSON = request.fields.contains {
            $0.name.lowercased() == "content-type" && $0.value.lowercased().contains("json")
        }
        if isJSON, JSONBody.decode(request.body) == nil { faults.append("announces JSON and has none") }
        if request.method == .get, !request.body.isEmpty { faults.append("is a GET with a body") }
        return faults
    }

    /// A header field's name (RFC 9110, section 5.6.2).
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
