internal import AdapterKit
internal import OpenSenseWebhooks

/// OpShift's answer to one request.
struct OpShiftAnswer {
    private let response: VendorResponse
    private let request: OutboundRequest
    private let body: JSONValue?

    init(_ response: VendorResponse, request: OutboundRequest) {
        self.response = response
        self.request = request
        body = JSONBody.decode(response.body)
    }

    /// What follows the answer to an alert.
    ///
    /// - Parameter mayRepeat: Whether the alert may be an attempt's before this one, whose answer was lost.
    func step(afterAlert mayRepeat: Bool) -> AdapterStep {
        guard isUnderstood, body?["status"]?.text != nil else { return failure }
        let state = "alert \(quote(body?["alertId"]?.text ?? ""))"
        switch body?["status"]?.text {
        case "occurrence_added" where !mayRepeat:
            return .refused(
                .content,
                reason: "OpShift added it to an alert that is open: nobody was paged. "
                    + "Resolve that alert, or have the other sender use another group key.")
        case "occurrence_added":
            return .done(state: state, remark: "OpShift has it as one more occurrence of an open alert")
        case "filtered":
            let why = quote(body?["reason"]?.text ?? "")
            return .done(
                state: state,
                remark: "a filter rule of OpShift's webhook dropped it, so nobody was paged: \(why)")
        case "reopened": return .done(state: state, remark: "OpShift opened the alert of before again")
        // A word that is new is taken for a success: OpShift has answered 200.
        default: return .done(state: state)
        }
    }

    /// What follows the answer to a ping of `monitor`.
    func step(afterPing status: String, of monitor: String) -> AdapterStep {
        guard isUnderstood else { return failure }
        let shown = body?["monitor"]?["status"]?.text
        if status == "down", shown == "paused" {
            return .refused(.credentials, reason: "the monitor is paused, so nobody was paged")
        }
        let state = status == "down" ? OpShift.monitorPrefix + monitor : nil
        // Also while OpShift's analytics are away, which it says it answers with a state by default.
        guard status == "down", let shown, shown != "down" else {
            return .done(state: state)
        }
        return .done(
            state: state, remark: "OpShift shows the monitor as \(quote(shown)) after a ping that it is down")
    }

    /// Whether it is a success in OpShift's form; a page of a proxy is none.
    private var isUnderstood: Bool {
        (200...299).contains(response.status) && body?["message"]?.text != nil
    }

    private var failure: AdapterStep {
        if (200...299).contains(response.status) {
            return .retry(after: nil, reason: "status \(response.status) without an answer of OpShift's")
        }
        let words = ["message", "error", "detail"].lazy.compactMap { body?[$0]?.text }.first
        let explanation = words ?? String(decoding: response.body, as: UTF8.self)
        let meaning = Self.meaning(response.status).map { " (\($0))" } ?? ""
        return response.usualStep(
            explanation: request.quote(explanation) + meaning, isAddressCredential: true)
    }

    /// What the documentation says of a status.
    private static func meaning(_ status: Int) -> String? {
        switch status {
        case 401: "the signature is missing or wrong: is it this team's webhook secret?"
        case 403: "the subscription has expired"
        case 404: "no such webhook or monitor, or it is disabled or paused"
        case 429: "the pace, or the month's quota"
        default: nil
        }
    }

    private func quote(_ text: String) -> String { request.quote(text) }
}
