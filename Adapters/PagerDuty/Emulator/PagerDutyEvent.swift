internal import VendorSandbox

/// One event as it came, and everything that is wrong with it.
///
/// - Source: developer.pagerduty.com, Events API v2, "Send an Alert Event", "Send a Change Event". The texts
///   about a malformed `routing_key` and a long summary are PagerDuty's own; all others are unconfirmed.
struct PagerDutyEvent {
    /// The longest summary; counted in UTF-16 units, the strictest likely reading of "characters".
    static let summaryMax = 1_024
    /// The longest `dedup_key`.
    static let dedupKeyMax = 255
    /// The length of a routing key.
    static let routingKeyCharacters = 32
    static let actions = ["trigger", "acknowledge", "resolve"]
    static let severities = ["critical", "error", "warning", "info"]

    let fields: [String: SandboxJSON]
    let isChange: Bool

    private var payload: [String: SandboxJSON] { fields["payload"]?.fields ?? [:] }
    var action: String? { fields["event_action"]?.text }
    var dedupKey: String? { fields["dedup_key"]?.text.flatMap { $0.isEmpty ? nil : $0 } }
    var summary: String? { payload["summary"]?.text }
    var source: String? { payload["source"]?.text }
    var severity: String? { payload["severity"]?.text }

    /// The routing key when it is one.
    var wellFormedRoutingKey: String? { routingKeyErrors.isEmpty ? fields["routing_key"]?.text : nil }

    /// All faults; empty when the event can be processed.
    var errors: [String] {
        guard !isChange else { return routingKeyErrors + payloadErrors + listErrors }
        guard let action, Self.actions.contains(action) else {
            return routingKeyErrors
                + ["'event_action' is missing or invalid (should be trigger, acknowledge or resolve)"]
        }
        return routingKeyErrors + keyErrors(action) + (action == "trigger" ? payloadErrors + listErrors : [])
            + textErrors(fields, ["client", "client_url"])
    }

    private var routingKeyErrors: [String] {
        guard let key = fields["routing_key"]?.text else { return ["'routing_key' is missing or blank"] }
        var errors: [String] = []
        if key.utf16.count != Self.routingKeyCharacters {
            errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
        }
        if !key.utf8.allSatisfy(Self.isAlphanumeric) {
            errors.append("'routing_key' cannot contain non-alphanumeric characters.")
        }
        return errors
    }

    private func keyErrors(_ action: String) -> [String] {
        switch fields["dedup_key"] {
        case nil, .null?: action == "trigger" ? [] : ["'dedup_key' is missing or blank"]
        case .string(let key)?:
            if key.isEmpty {
                action == "trigger" ? [] : ["'dedup_key' is missing or blank"]
            } else {
                key.utf16.count > Self.dedupKeyMax
                    ? ["'dedup_key' is too long (maximum is 255 characters)"] : []
            }
        default: ["'dedup_key' should be a string"]
        }
    }

    private var payloadErrors: [String] {
        guard fields["payload"]?.fields != nil else { return ["'payload' is missing or not an object"] }
        var errors = required("summary")
        if let summary, summary.utf16.count > Self.summaryMax {
            // The misspelling is PagerDuty's.
            errors.append("'summary' is too long (maiximum is 1024 characters)")
        }
        if !isChange {
            errors += required("source")
            if !Self.severities.contains(severity ?? "") {
                errors.append("'severity' is invalid (should be critical, error, warning or info)")
            }
        }
        errors += textErrors(payload, ["source", "component", "group", "class"])
        if let timestamp = payload["timestamp"], timestamp != .null, !Self.isTime(timestamp.text ?? "") {
            errors.append("'timestamp' is not an ISO 8601 time")
        }
        if let details = payload["custom_details"], details != .null, details.fields == nil {
            errors.append("'custom_details' should be an object")
        }
        return errors
    }

    private var listErrors: [String] {
        let links = fields["links"].map { $0.items ?? [.null] } ?? []
        let images = fields["images"].map { $0.items ?? [.null] } ?? []
        return (links.allSatisfy { $0.fields?["href"]?.text != nil } ? [] : ["'links' need an 'href' each"])
            + (images.allSatisfy { $0.fields?["src"]?.text?.hasPrefix("https://") ?? false }
                ? [] : ["'images' need an HTTPS 'src' each"])
    }

    private func required(_ name: String) -> [String] {
        let text = payload[name]?.text ?? ""
        return text.allSatisfy(\.isWhitespace) ? ["'\(name)' is missing or blank"] : []
    }

    private func textErrors(_ fields: [String: SandboxJSON], _ names: [String]) -> [String] {
        names.filter { fields[$0] != nil && fields[$0] != .null && fields[$0]?.text == nil }
            .map { "'\($0)' should be a string" }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Whether `text` is a date, `T`, a time, perhaps a fraction, and perhaps a zone with or without a colon.
    private static func isTime(_ text: String) -> Bool {
        let shape = text.prefix(19).map { $0.isASCII && $0.isNumber ? "9" : $0 }
        guard String(shape) == "9999-99-99T99:99:99" else { return false }
        var rest = text.dropFirst(19)
        if rest.first == "." {
            let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard (1...9).contains(fraction.count) else { return false }
            rest = rest.dropFirst(1 + fraction.count)
        }
        let zone = String(rest.map { $0.isASCII && $0.isNumber ? "9" : $0 == "-" ? "+" : $0 })
        return ["", "Z", "+99:99", "+9999", "+99"].contains(zone)
    }
}
