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
        turns(adapter).flatMap { turn in
            (100...599).flatMap { answered(adapter, turn, status: $0) }
                + credentialViolations(adapter, turn) + hiddenViolations(adapter, turn)
        }
    }

    private func answered(
        _ adapter: any IncidentAdapter, _ turn: ContractTurn, status: Int
    ) -> [ContractViolation] {
        let bodies = [
            "", "{}", "not JSON", "[]", #"{"message":"m","errors":["e"]}"#, #"{"errors":{"f":"e"}}"#,
            "\u{0}\n",
        ]
        let place = "A \(status) to \(turn.name)"
        var violations: [ContractViolation] = []
        for body in bodies {
            let response = VendorResponse(status: status, body: Array(body.utf8))
            guard let step = turn.step(adapter, response) else {
                violations.append(.init(.statuses, "\(place) makes the adapter throw.", fault: "throws"))
                continue
            }
            if let fault = fault(of: step, status: status, turn) {
                violations.append(.init(.statuses, "\(place) \(fault).", fault: fault))
            }
            violations += reasonFaults(step).map { .init(.reasons, "\(place) \($0.text).", fault: $0.kind) }
        }
        guard isRetried(status) else { return violations }
        for value in ["\(Self.askedSeconds)", Self.askedDate] {
            let response = VendorResponse(status: status, fields: [.init("retry-after", value)])
            if let waited = secondsWaited(turn.step(adapter, response)), waited < Self.askedSeconds {
                let text = "\(place) with Retry-After: \(value) is tried again after \(waited) s."
                violations.append(.init(.retryAfter, text, fault: "waits too short"))
            }
        }
        return violations
    }

    /// A refusal of the credentials concerns every update; one of the content this update alone.
    private func credentialViolations(
        _ adapter: any IncidentAdapter, _ turn: ContractTurn
    ) -> [ContractViolation] {
        [
            (400, Refusal.content), (401, .credentials), (402, .credentials), (403, .credentials),
            (422, .content),
        ]
        .compactMap { status, expected in
            let step = turn.step(adapter, VendorResponse(status: status))
            guard case .refused(let refusal, _)? = step, refusal != expected else { return nil }
            let text = "A \(status) to \(turn.name) is taken for refused \(refusal)."
            return .init(.credentials, text, fault: "\(refusal)")
        }
    }

    /// A body that says no is believed.
    private func hiddenViolations(
        _ adapter: any IncidentAdapter, _ turn: ContractTurn
    ) -> [ContractViolation] {
        hiddenRefusals.filter { $0.purpose == turn.request.purpose && turn.update.action == .open }
            .compactMap { refusal in
                guard case .done? = turn.step(adapter, refusal.answer) else { return nil }
                let text = "A \(refusal.answer.status) to \(turn.name) whose body says no is taken for done."
                return .init(.hiddenRefusals, text, fault: "done")
            }
    }

    private func isRetried(_ status: Int) -> Bool {
        [408, 425, 429].contains(status) || (500...599).contains(status)
    }

    /// What is wrong with how a status was taken, completing a sentence; nil when it is right.
    private func fault(
        of step: AdapterStep, status: Int, _ turn: ContractTurn
    ) -> String? {
        let purpose = turn.request.purpose
        return switch (status, step) {
        case (200...299, .refused): "is taken for a refusal"
        case (200...299, _): nil
        case (_, .done) where statusesTakenForDone.contains(status): nil
        // The vendor has accepted the update; a refused question about its outcome does not make it lost.
        case (400...499, .done) where purpose == .check && !isRetried(status): nil
        // A redirect comes from a proxy or a wrong address and ends when that is corrected.
        case (300...399, .retry), (300...399, .askLater): nil
        case (_, .done): "is taken for a success"
        // Of several requests that say that an open incident has changed, one may have been refused before.
        case (400...499, .send) where turn.update.action == .update && status != 401 && !isRetried(status):
            nil
        // What was looked for is not there, or what was to be created is.
        case (404, .send), (409, .send), (410, .send), (412, .send): nil
        case (_, .send): "is passed over"
        case (let status, .refused) where isRetried(status): "is taken for a refusal, though it may pass"
        case (let status, _) where isRetried(status): nil
        case (_, .refused): nil
        // A vendor may use any status to say that there is no outcome yet.
        case (400...499, .askLater) where purpose == .check: nil
        default: "is tried again, though it says no"
        }
    }

    private func secondsWaited(_ step: AdapterStep?) -> Int? {
        switch step {
        case .retry(let after, _): after?.secondsToWait(at: Self.now) ?? 0
        case .askLater(_, let after, _): after.secondsToWait(at: Self.now)
        default: nil
        }
    }

    private func reasonFaults(_ step: AdapterStep) -> [(kind: String, text: String)] {
        let reason: String
        switch step {
        case .retry(_, let text), .refused(_, let text): reason = text
        default: return []
        }
        var faults: [(kind: String, text: String)] = []
        if reason.allSatisfy(\.isWhitespace) { faults.append(("empty", "has no reason")) }
        if reason.count > Self.reasonCharactersMax {
            faults.append(("long", "has a reason of \(reason.count) characters"))
        }
        if reason.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            faults.append(("control", "has control characters in its reason"))
        }
        return faults
    }
}
