internal import AdapterKit
internal import OpenSenseWebhooks

extension AdapterContract {
    /// What a `Retry-After` asks for here; seconds.
    private static let askedSeconds = 120
    /// When the answers are judged: two minutes before the date they ask for; seconds since 1970.
    private static let now = 784_111_657
    private static let askedDate = "Sun, 06 Nov 1994 08:49:37 GMT"
    /// The longest reason; characters.
    static let reasonCharactersMax = 400

    /// Each status is taken for what it is, with every sort of body.
    func answerViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        IncidentUpdate.Action.allCases.flatMap { action -> [ContractViolation] in
            guard let event = ContractEvent.usual.first else { return [] }
            return requests(adapter, event, action).flatMap { request -> [ContractViolation] in
                let answers = (100...599).flatMap {
                    answered(adapter, request, status: $0, name: "\(action)")
                }
                return answers
                    + checks(adapter, request).flatMap { check in
                        (100...599).flatMap {
                            answered(adapter, check, status: $0, name: "check of \(action)")
                        }
                    }
            }
        }
    }

    /// The questions that follow a request, if it is one of those whose outcome is known later.
    func checks(_ adapter: any IncidentAdapter, _ request: OutboundRequest) -> [OutboundRequest] {
        let id = "00000000-0000-4000-8000-000000000001"
        let body: JSONValue = [
            "requestId": .string(id), "request_id": .string(id), "id": .string(id),
            "data": ["id": .string(id)],
        ]
        return (200...202).compactMap { status in
            let response = VendorResponse(status: status, body: (try? JSONBody.encode(body)) ?? [])
            guard case .checkLater(let check, _) = adapter.disposition(of: response, to: request) else {
                return nil
            }
            return check
        }
    }

    private func answered(
        _ adapter: any IncidentAdapter, _ request: OutboundRequest, status: Int, name: String
    ) -> [ContractViolation] {
        let bodies = [
            "", "{}", "not JSON", "[]", #"{"message":"m","errors":["e"]}"#, #"{"errors":{"f":"e"}}"#,
            "\u{0}\n",
        ]
        var violations: [ContractViolation] = []
        for body in bodies {
            let response = VendorResponse(status: status, body: Array(body.utf8))
            let disposition = adapter.disposition(of: response, to: request)
            if let fault = fault(of: disposition, status: status, purpose: request.purpose) {
                violations.append(.init(.statuses, "A \(status) to \(name) \(fault)."))
            }
            violations += reasonFaults(disposition).map { .init(.reasons, "A \(status) to \(name) \($0).") }
        }
        guard isRetried(status) else { return violations }
        for value in ["\(Self.askedSeconds)", Self.askedDate] {
            let response = VendorResponse(status: status, fields: [.init("retry-after", value)])
            let waited = secondsWaited(adapter.disposition(of: response, to: request))
            if let waited, waited < Self.askedSeconds {
                let text =
                    "A \(status) to \(name) with Retry-After: \(value) is tried again after \(waited) s."
                violations.append(.init(.retryAfter, text))
            }
        }
        return violations
    }

    private func isRetried(_ status: Int) -> Bool {
        [408, 425, 429].contains(status) || (500...599).contains(status)
    }

    /// What is wrong with how a status was taken, completing a sentence; nil when it is right.
    private func fault(
        of disposition: Disposition, status: Int, purpose: OutboundRequest.Purpose
    ) -> String? {
        switch (status, disposition) {
        case (200...299, .rejected): "is taken for a refusal"
        case (200...299, _): nil
        case (_, .delivered) where statusesTakenForDone.contains(status): nil
        // The vendor has accepted the update; a refused question about its outcome does not make it lost.
        case (400...499, .delivered) where purpose == .check && !isRetried(status): nil
        // A redirect comes from a proxy or a wrong address and ends when that is corrected.
        case (300...399, .retry), (300...399, .checkLater): nil
        case (_, .delivered): "is taken for a success"
        case (let status, .rejected) where isRetried(status): "is taken for a refusal, though it may pass"
        case (let status, _) where isRetried(status): nil
        case (_, .rejected): nil
        // A vendor may use any status to say that there is no outcome yet.
        case (400...499, .checkLater) where purpose == .check: nil
        default: "is tried again, though it says no"
        }
    }

    private func secondsWaited(_ disposition: Disposition) -> Int? {
        switch disposition {
        case .retry(let after, _): after?.secondsToWait(at: Self.now) ?? 0
        case .checkLater(_, let after): after.secondsToWait(at: Self.now)
        default: nil
        }
    }

    private func reasonFaults(_ disposition: Disposition) -> [String] {
        let reason: String
        switch disposition {
        case .retry(_, let text), .rejected(let text): reason = text
        default: return []
        }
        var faults: [String] = []
        if reason.allSatisfy(\.isWhitespace) { faults.append("has no reason") }
        if reason.count > Self.reasonCharactersMax {
            faults.append("has a reason of \(reason.count) characters")
        }
        if reason.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            faults.append("has control characters in its reason")
        }
        return faults
    }
}
