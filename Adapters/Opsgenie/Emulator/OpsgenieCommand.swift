internal import FoundationEssentials
internal import VendorSandbox

/// One accepted request that waits to be processed, and everything that is wrong with one that is not.
///
/// - Source: docs.opsgenie.com, "Alert API", "Alerts and Alert Fields"; Elastic Kibana's connector for Jira
///   Service Management (read 2026-11-20). The text about `priority` is Opsgenie's own; all others are
///   unconfirmed, and so is the code 422 for a text that is too long.
struct OpsgenieCommand: Sendable {
    enum Action: String, Sendable {
        case create, acknowledge, unacknowledge, close, notes, message, priority

        /// The action at the end of a path; a message and a priority are put, all else is posted.
        init?(path: String, method: String) {
            guard path != "create", let action = Action(rawValue: path) else { return nil }
            let isPut = [.message, .priority].contains(action)
            guard method == (isPut ? "PUT" : "POST") else { return nil }
            self = action
        }

        /// As a request's outcome names it; `Create` and `Acknowledge` are documented.
        var outcomeName: String {
            switch self {
            case .create: "Create"
            case .acknowledge: "Acknowledge"
            case .unacknowledge: "UnAcknowledge"
            case .close: "Close"
            case .notes: "AddNote"
            case .message: "UpdateMessage"
            case .priority: "UpdatePriority"
            }
        }
    }

    /// The most text in `details`; Opsgenie drops the excess without an error.
    static let detailsCharactersMax = 8_000
    static let tagsMax = 20
    static let tagMax = 50
    static let actionsMax = 10
    static let respondersMax = 50
    static let priorities = ["P1", "P2", "P3", "P4", "P5"]
    /// The longest texts by field; counted in UTF-16 units, the strictest likely reading of "characters".
    static let createTexts = [
        "message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100, "user": 100,
        "note": 25_000,
    ]
    static let actionTexts = ["source": 100, "user": 100, "note": 25_000, "message": 130]

    let action: Action
    let identifier: String
    let identifierType: String
    let fields: [String: SandboxJSON]
    let requestID: String
    let dueAt: Double

    var alias: String? { fields["alias"]?.text.flatMap { $0.isEmpty ? nil : $0 } }
    var note: String { fields["note"]?.text ?? "" }
    var key: String? { action == .create ? alias : identifier }

    /// The text in `details`, names and values together.
    var detailsCharacters: Int {
        (fields["details"]?.fields ?? [:]).reduce(0) {
            $0 + $1.key.utf16.count + ($1.value.text?.utf16.count ?? 0)
        }
    }

    /// The alert that a create opens.
    func alert(id: String, of vendor: SandboxVendor) -> SandboxIncident {
        SandboxIncident(
            vendor: vendor, id: id, key: alias ?? id, summary: fields["message"]?.text ?? "",
            severity: fields["priority"]?.text ?? "P3", source: fields["entity"]?.text ?? "",
            openedAt: dueAt)
    }

    /// What is wrong with each field; empty when the request can be processed.
    var faults: [String: String] {
        var faults = textFaults(action == .create ? Self.createTexts : Self.actionTexts)
        if !["id", "alias", "tiny"].contains(identifierType) {
            faults["identifierType"] = "should be one of [ id, alias, tiny ]"
        }
        if action == .notes, note.allSatisfy(\.isWhitespace) { faults["note"] = "can not be empty" }
        if [.create, .message].contains(action), (fields["message"]?.text ?? "").allSatisfy(\.isWhitespace) {
            faults["message"] = "can not be empty"
        }
        if action == .priority, fields["priority"]?.text == nil { faults["priority"] = "can not be empty" }
        if let priority = fields["priority"], priority != .null,
            !Self.priorities.contains(priority.text ?? "")
        {
            faults["priority"] = "should be one of [ P1, P2, P3, P4, P5 ]"
        }
        guard action == .create else { return faults }
        if let details = fields["details"], details != .null,
            !(details.fields?.values.allSatisfy { $0.text != nil } ?? false)
        {
            faults["details"] = "should be a map of strings"
        }
        for (name, most, longest) in [
            ("tags", Self.tagsMax, Self.tagMax), ("actions", Self.actionsMax, Self.tagMax),
        ] {
            faults[name] = listFault(name, most: most, longest: longest)
        }
        for name in ["responders", "visibleTo"] {
            guard let value = fields[name], value != .null else { continue }
            let items = value.items
            if !(items?.allSatisfy { $0.fields?["type"]?.text != nil } ?? false)
                || (items?.count ?? 0) > Self.respondersMax
            {
                faults[name] = "should be a list of at most \(Self.respondersMax) objects with a type"
            }
        }
        return faults
    }

    private func textFaults(_ limits: [String: Int]) -> [String: String] {
        limits.reduce(into: [:]) { faults, limit in
            guard let value = fields[limit.key], value != .null else { return }
            guard let text = value.text else {
                faults[limit.key] = "should be a text"
                return
            }
            if text.utf16.count > limit.value {
                faults[limit.key] = "can not be longer than \(limit.value) characters"
            }
        }
    }

    private func listFault(_ name: String, most: Int, longest: Int) -> String? {
        guard let value = fields[name], value != .null else { return nil }
        guard let items = value.items, items.allSatisfy({ $0.text != nil }) else {
            return "should be a list of texts"
        }
        guard items.count <= most else { return "can not have more than \(most) items" }
        return items.contains { ($0.text ?? "").utf16.count > longest }
            ? "can not have items longer than \(longest) characters" : nil
    }
}

/// What became of a request.
struct OpsgenieOutcome: Sendable {
    let isSuccess: Bool
    let status: String
    let alertID: String
    let alias: String
    var action = ""
    var processedAt = 0.0

    /// The `data` of the answer to a question about the request.
    var data: SandboxJSON {
        let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            .format(Date(timeIntervalSince1970: processedAt))
        return [
            "success": .boolean(isSuccess), "isSuccess": .boolean(isSuccess), "action": .string(action),
            "status": .string(status), "alertId": .string(alertID), "alias": .string(alias),
            "integrationId": "00000000-0000-4000-8000-0000000000aa", "processedAt": .string(time),
        ]
    }
}
