internal import AdapterKit
internal import OpenSenseWebhooks

extension AdapterContract {
    /// No secret appears in anything that is logged, sent as a page or printed.
    func secretViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        guard !secretTexts.isEmpty else { return [] }
        return showing("the adapter", adapter) + showing("the type", type) + makeErrors()
            + requestsShown(adapter)
    }

    /// Spoils each secret in some ways and reads the errors.
    private func makeErrors() -> [ContractViolation] {
        secretTexts.flatMap { secret in
            [secret + "\n", " " + secret, secret + secret, secret + "é", secret + "-"].flatMap { spoilt in
                let values = settings.mapValues { $0 == secret ? spoilt : $0 }
                do {
                    return showing("the adapter", try made(values))
                } catch {
                    return showing("the error about a spoilt secret", error)
                }
            }
        }
    }

    private func requestsShown(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        let requests = ContractEvent.usual.flatMap { event in
            adapter.actions.flatMap { self.requests(adapter, event, $0) }
        }
        let turns = turns(adapter)
        let onWire = (requests + turns.map(\.request)).flatMap(shown)
        // A secret that the request does not declare cannot be hidden in what is said about it.
        guard onWire.isEmpty else { return onWire }
        return turns.flatMap { judged(adapter, $0) }
    }

    private func shown(_ request: OutboundRequest) -> [ContractViolation] {
        let masked = request.masked
        let wire = [masked.url, String(decoding: masked.body, as: UTF8.self)] + masked.fields.map(\.value)
        return showing("a request", request)
            + (wire.contains(where: tells) ? [Self.violation("a masked request")] : [])
    }

    private func judged(_ adapter: any IncidentAdapter, _ turn: ContractTurn) -> [ContractViolation] {
        [200, 202, 400, 401, 403, 422, 429, 500].flatMap { status in
            echoes.flatMap { echo -> [ContractViolation] in
                let response = VendorResponse(
                    status: status, fields: [.init("X-Error", secretTexts.joined())], body: Array(echo.utf8))
                let what = "the judgement of an answer that repeats it"
                switch turn.step(adapter, response) {
                case .send(let request, _), .askLater(let request, _, _): return showing(what, request)
                // An id that the vendor made of a secret is the vendor's to answer for.
                case .done, nil: return []
                case let step?: return showing(what, step)
                }
            }
        }
    }

    /// What a careless vendor answers: the secret in every place where a text may be.
    private var echoes: [String] {
        secretTexts.flatMap { secret in
            let text = JSONValue.string("bad key \(secret) given")
            let bodies: [JSONValue] = [
                ["message": text, "error": text, "errors": [text], "status": text, "detail": text],
                [
                    "message": "m", "errors": ["field": text], "requestId": .string(secret),
                    "id": .string(secret),
                ],
                ["data": ["success": false, "isSuccess": false, "status": text, "action": "Create"]],
                ["data": ["success": false, "isSuccess": false, "status": text, "action": "Acknowledge"]],
            ]
            let long = String(repeating: "x", count: 270) + secret
            return ["bad key \(secret)", long]
                + bodies.compactMap { try? JSONBody.encode($0) }
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private func showing(_ what: String, _ value: Any) -> [ContractViolation] {
        var dumped = ""
        dump(value, to: &dumped)
        let texts = [dumped, "\(value)", String(reflecting: value)]
        return texts.contains(where: tells) ? [Self.violation(what)] : []
    }

    private static func violation(_ what: String) -> ContractViolation {
        ContractViolation(.secrets, "A secret is shown by \(what).")
    }

    /// Whether `text` has a secret, or so much of one that the rest could be guessed.
    private func tells(_ text: String) -> Bool {
        secretTexts.contains { text.contains($0) || ($0.utf8.count >= 16 && text.contains($0.dropLast(4))) }
    }
}
