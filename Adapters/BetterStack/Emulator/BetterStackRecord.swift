internal import FoundationEssentials
internal import VendorSandbox

/// The body of a create, and what the API shows of the incident it made.
///
/// - Source: betterstack.com/docs/uptime/api/create-a-new-incident (read 2026-11-26); that `summary` and
///   `requester_email` are required is third party.
struct BetterStackRecord: Sendable {
    private let fields: [String: SandboxJSON]

    init(fields: [String: SandboxJSON]) { self.fields = fields }

    private static let required = ["summary", "requester_email"]
    private static let texts = required + ["name", "description", "policy_id", "team_name"]
    private static let flags = ["call", "sms", "email", "push", "critical_alert"]

    /// What is wrong with each field; empty when the incident can be made.
    var faults: [String: String] {
        var faults = fields.reduce(into: [String: String]()) { faults, field in
            if !isRight(field.key, field.value) { faults[field.key] = "is invalid." }
        }
        for name in Self.required where (fields[name]?.text ?? "").allSatisfy(\.isWhitespace) {
            faults[name] = "Can't be blank."
        }
        return faults
    }

    private func isRight(_ name: String, _ value: SandboxJSON) -> Bool {
        switch value {
        case .string: Self.texts.contains(name)
        case .boolean: Self.flags.contains(name)
        case .number: name == "team_wait"
        case .object(let members): name == "metadata" && members.values.allSatisfy { Self.values($0) != nil }
        default: false
        }
    }

    /// The values of one name of the metadata: a text, or a list of texts.
    private static func values(_ value: SandboxJSON) -> [String]? {
        if let text = value.text { return [text] }
        guard let items = value.items else { return nil }
        let texts = items.compactMap(\.text)
        return texts.count == items.count ? texts : nil
    }

    /// The incident that it makes; nothing folds, so its id is its key.
    func incident(id: String, vendor: SandboxVendor, at now: Double) -> SandboxIncident {
        SandboxIncident(
            vendor: vendor, id: id, key: id, summary: text("name") ?? text("summary") ?? "", severity: "",
            source: text("requester_email") ?? "", openedAt: now)
    }

    /// The incident as the API shows it.
    func item(_ incident: SandboxIncident, id: String) -> SandboxJSON {
        var attributes: [String: SandboxJSON] = [
            "name": fields["name"] ?? fields["summary"] ?? .null, "cause": fields["summary"] ?? .null,
            "started_at": time(incident.openedAt), "acknowledged_at": time(incident.acknowledgedAt),
            "resolved_at": time(incident.resolvedAt), "status": .string(Self.status(incident.status)),
            "metadata": .object((fields["metadata"]?.fields ?? [:]).mapValues(Self.shown)),
        ]
        for name in Self.flags { attributes[name] = fields[name] ?? false }
        return ["id": .string(id), "type": "incident", "attributes": .object(attributes)]
    }

    private static func shown(_ value: SandboxJSON) -> SandboxJSON {
        .array((values(value) ?? []).map { ["type": "String", "value": .string($0)] })
    }

    private static func status(_ status: SandboxIncident.Status) -> String {
        switch status {
        case .triggered: "Started"
        case .acknowledged: "Acknowledged"
        case .resolved: "Resolved"
        }
    }

    private func text(_ name: String) -> String? { fields[name]?.text }

    private func time(_ seconds: Double?) -> SandboxJSON {
        guard let seconds else { return .null }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return .string(style.format(Date(timeIntervalSince1970: seconds)))
    }
}
