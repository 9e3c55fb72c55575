internal import VendorSandbox

/// What a request asks for, in whichever payload it came.
struct ReceivedWebhook {
    /// What is done with an incident.
    enum Action: String {
        case open
        case update
        case acknowledge
        case resolve
        case annotate
    }

    /// Why a request cannot be read, and the status that says so.
    struct Fault: Error {
        let status: Int
        let text: String
    }

    /// What its sender knows it by, where the body has that.
    var id: String?
    /// What names the incident.
    var key: String
    let action: Action
    let title: String
    var note: String?
    let severity: String
    let source: String

    /// The request in a few words, for the log.
    var words: String { "\(action.rawValue): \(title.prefix(Self.wordsMax))" }

    private static let wordsMax = 200

    /// What `request` asks for, or why it cannot be read.
    static func read(_ request: SandboxRequest) -> Result<ReceivedWebhook, Fault> {
        let type = (request.header("Content-Type") ?? "").lowercased().split(separator: ";").first ?? ""
        guard type == "application/json" || type == "application/cloudevents+json" else {
            return .failure(Fault(status: 415, text: "the content is neither JSON nor a CloudEvent"))
        }
        guard let fields = SandboxJSON.fields(of: request.body) else {
            return .failure(Fault(status: 400, text: "the body is no JSON object"))
        }
        if type == "application/cloudevents+json" { return cloudEvent(fields) { fields[$0]?.text } }
        if request.header("ce-specversion") != nil {
            return cloudEvent(["data": .object(fields)]) { request.header("ce-\($0)").flatMap(decoded) }
        }
        return fields["version"] == nil ? openSense(fields) : relay(fields)
    }

    /// A CloudEvent of the relay's: its data is the payload, and its attributes agree with that.
    private static func cloudEvent(
        _ event: [String: SandboxJSON], _ attribute: (String) -> String?
    ) -> Result<ReceivedWebhook, Fault> {
        let names = ["specversion", "id", "source", "type"]
        guard names.allSatisfy({ attribute($0)?.isEmpty == false }), attribute("specversion") == "1.0" else {
            return .failure(
                Fault(status: 400, text: "a CloudEvent 1.0 has specversion, id, source and type"))
        }
        return relay(event["data"]?.fields ?? [:]).flatMap { received in
            guard attribute("subject") == received.key,
                attribute("type") == "opensense.relay.incident.\(received.action.rawValue)"
            else { return .failure(Fault(status: 400, text: "the attributes disagree with the data")) }
            var received = received
            received.id = attribute("source").flatMap { source in attribute("id").map { "\(source) \($0)" } }
            return .success(received)
        }
    }

    private static func relay(_ fields: [String: SandboxJSON]) -> Result<ReceivedWebhook, Fault> {
        guard fields["version"] == .number(1), let id = fields["id"]?.text, !id.isEmpty,
            let action = fields["action"]?.text.flatMap(Action.init), let title = fields["title"]?.text,
            let key = fields["incident"]?.fields?["key"]?.text, let severity = fields["severity"]?.text,
            fields["delivery"]?.fields?["id"]?.text != nil, fields["event"]?.fields != nil,
            fields["text"]?.text != nil, fields["time"]?.text != nil
        else { return .failure(Fault(status: 400, text: "the body is no payload of version 1")) }
        return .success(
            ReceivedWebhook(
                id: id, key: key, action: action, title: title, note: fields["note"]?.text,
                severity: severity, source: fields["incident"]?.fields?["place"]?.text ?? ""))
    }

    /// An event as OpenSense sends it; a kind that is not documented is kept as a remark.
    private static func openSense(_ fields: [String: SandboxJSON]) -> Result<ReceivedWebhook, Fault> {
        guard let event = fields["event"]?.fields, let kind = event["kind"]?.text else {
            return .failure(Fault(status: 400, text: "the body has no event with a kind"))
        }
        let (site, device, channel) = (
            event["site_id"]?.text ?? "", event["device_id"]?.text ?? "", event["channel_id"]?.text ?? ""
        )
        // A silence is a remark on the alarm of its channel; a device that is off line is no alarm.
        let isDevice = kind.hasPrefix("device_")
        let key = [isDevice ? "connectivity" : "alarm", site, device] + (isDevice ? [] : [channel])
        return .success(
            ReceivedWebhook(
                id: fields["delivery"]?.fields?["id"]?.text, key: key.joined(separator: "/"),
                action: actions[kind] ?? .annotate,
                title: "\(kind.prefix(wordsMax)) \(device.prefix(wordsMax))",
                severity: String((event["severity"]?.text ?? "").prefix(wordsMax)),
                source: String(device.prefix(wordsMax))))
    }

    /// A percent-decoded header value; nil for one that is not well-formed.
    ///
    /// - Source: CloudEvents 1.0, HTTP protocol binding, "HTTP Header Values" (read 2026-11-26).
    private static func decoded(_ value: String) -> String? {
        let parts = value.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        var bytes = Array(parts[0])
        for part in parts.dropFirst() {
            guard part.count >= 2,
                let byte = UInt8(String(decoding: part.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes += [byte] + part.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static let actions: [String: Action] = [
        "alarm_opened": .open, "device_offline": .open, "alarm_ack": .acknowledge, "alarm_cleared": .resolve,
        "device_online": .resolve,
    ]
}
