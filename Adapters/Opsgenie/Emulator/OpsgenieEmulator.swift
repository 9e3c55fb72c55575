public import VendorSandbox

/// The Alert API v2 of Opsgenie: accepts first, processes later, and reports the outcome when asked.
///
/// - Source: docs.opsgenie.com, "Alert API"; opsgenie-python-sdk, opsgenie-oas.json (read 2026-11-20).
public struct OpsgenieEmulator: VendorEmulator {
    /// The most outcomes kept; the oldest go first, and asking for one is answered 404.
    static let outcomesMax = 10_000
    /// The most accepted requests that wait to be processed; one more is answered 503.
    static let pendingMax = 100_000

    /// The API keys that exist; nil takes any that is not empty.
    public var apiKeys: Set<String>?
    /// How long after it was accepted a request is processed; seconds.
    public var processingSeconds: Double

    /// The name of the adapter `Opsgenie`.
    public let vendor: SandboxVendor
    /// The vendor's product.
    public let title: String
    /// What stands in front of the API's paths.
    private let prefix: String
    private var history: SandboxHistory
    private var pending: [OpsgenieCommand] = []
    private var pendingStart = 0
    private var outcomes: [String: OpsgenieOutcome] = [:]
    private var outcomeOrder: [String] = []
    private var requestsSeen = 0

    /// An emulator with nothing in it.
    public init(apiKeys: Set<String>? = nil, processingSeconds: Double = 0.2) {
        self.apiKeys = apiKeys
        self.processingSeconds = processingSeconds
        (vendor, title, prefix) = ("opsgenie", "Opsgenie", "")
        history = SandboxHistory(vendor: vendor, idPrefix: "OG")
    }

    private init(vendor: SandboxVendor, title: String, prefix: String, idPrefix: String) {
        (self.vendor, self.title, self.prefix) = (vendor, title, prefix)
        processingSeconds = 0.2
        history = SandboxHistory(vendor: vendor, idPrefix: idPrefix)
    }

    /// The integration events of Jira Service Management, which are the same API at another address.
    ///
    /// - Source: developer.atlassian.com, "Integration events" (read 2026-11-20). That success is 202 there,
    ///   too, is unconfirmed.
    public static var jiraServiceManagement: OpsgenieEmulator {
        OpsgenieEmulator(
            vendor: "jira-service-management", title: "Jira Service Management",
            prefix: "/jsm/ops/integration", idPrefix: "JSM")
    }

    /// The API key, and the address with the API's place.
    public func adapterSettings(at address: String) -> [String: String] {
        adapterSettings.merging(["baseURL": address + prefix]) { $1 }
    }
    /// A made-up API key.
    public var adapterSettings: [String: String] { ["apiKey": "demo-api-key"] }

    /// All alerts as of the last ``advance(to:)``, oldest first.
    public var incidents: [SandboxIncident] { history.incidents }
    /// What was done with the last requests, oldest first.
    public var log: [SandboxLogEntry] { history.log }

    /// Takes what is at and below `/v2/alerts`.
    public func takes(path: String) -> Bool {
        path == "\(prefix)/v2/alerts" || path.hasPrefix("\(prefix)/v2/alerts/")
    }

    /// The answer with its JSON body; a 429 has the header fields of the account's limit.
    public func fault(status: Int, headers: [HeaderField]) -> SandboxResponse {
        var headers = headers
        if status == 429 {
            // As in the test fixtures of opsgenie-go-sdk-v2; what the service itself sends is unconfirmed.
            headers += [
                .init("X-RateLimit-State", "THROTTLED"), .init("X-RateLimit-Reason", "ACCOUNT"),
                .init("X-RateLimit-Period-In-Sec", "60"),
            ]
        }
        let message = status == 429 ? "TooManyRequests" : "Internal Server Error"
        return .json(
            status, ["message": .string(message), "took": 1.0, "requestId": "fault"] as SandboxJSON,
            headers: headers)
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: A request below `/v2/alerts`.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    public mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        advance(to: now)
        requestsSeen += 1
        let id = Self.requestID(requestsSeen)
        guard isAuthentic(request) else {
            // The code is documented, the text is unconfirmed.
            return refuse(401, "Could not authenticate", id: id, at: now)
        }
        let parts = Array(request.pathParts.dropFirst(prefix.split(separator: "/").count))
        guard parts.starts(with: ["v2", "alerts"]) else { return refuse(404, "Not found", id: id, at: now) }
        switch (request.method, parts.count) {
        case ("GET", 4) where parts[2] == "requests": return outcome(of: parts[3], id: id)
        case ("POST", 2): return accept(request, action: .create, identifier: "", id: id, at: now)
        case ("POST", 4), ("PUT", 4):
            guard
                let action = OpsgenieCommand.Action(path: parts[3], method: request.method),
                request.method == "POST" || vendor == "opsgenie"
            else {
                return refuse(404, "Not found", id: id, at: now)
            }
            return accept(request, action: action, identifier: parts[2], id: id, at: now)
        case (_, 2), (_, 4):
            return refuse(405, "Request method '\(request.method)' not supported", id: id, at: now)
        default: return refuse(404, "Not found", id: id, at: now)
        }
    }

    /// Processes what is due at `now`, in the order in which it was accepted.
    public mutating func advance(to now: Double) {
        while pendingStart < pending.count, pending[pendingStart].dueAt <= now {
            process(pending[pendingStart])
            pendingStart += 1
        }
        if pendingStart > 0, pendingStart == pending.count || pendingStart > 1_000 {
            pending.removeFirst(pendingStart)
            pendingStart = 0
        }
    }

    private mutating func accept(
        _ request: SandboxRequest, action: OpsgenieCommand.Action, identifier: String, id: String,
        at now: Double
    ) -> SandboxResponse {
        // An action without a body is allowed; a create is refused below for want of a message.
        guard let fields = SandboxJSON.fields(of: request.body.isEmpty ? Array("{}".utf8) : request.body)
        else {
            return refuse(400, "Could not parse the request body", id: id, at: now)
        }
        let command = OpsgenieCommand(
            action: action, identifier: identifier,
            identifierType: request.queryValue("identifierType") ?? "id",
            fields: fields, requestID: id, dueAt: now + processingSeconds)
        let faults = command.faults
        guard faults.isEmpty else {
            history.record(
                .refused, at: now, key: command.key, "422: \(faults.keys.sorted().joined(separator: ", "))")
            return Self.answer(
                422,
                [
                    "message": "Request body is not processable. Please check the errors.",
                    "errors": .object(faults.mapValues(SandboxJSON.string)),
                ], id: id)
        }
        guard pending.count - pendingStart < Self.pendingMax else {
            return refuse(503, "Too many requests wait to be processed", id: id, at: now)
        }
        pending.append(command)
        return Self.answer(202, ["result": "Request will be processed"], id: id)
    }

    private func outcome(of requestID: String, id: String) -> SandboxResponse {
        // Not processed yet, or never accepted: the documentation has 404 for both.
        guard let outcome = outcomes[requestID] else {
            return Self.answer(404, ["message": "Request not found. It might not be processed, yet."], id: id)
        }
        return Self.answer(200, ["data": outcome.data], id: requestID)
    }

    private mutating func process(_ command: OpsgenieCommand) {
        let lookup = self.lookup(command)
        let open = history.open(lookup)
        switch (command.action, open) {
        case (.create, let open?):
            // Message, description and priority stay as they were.
            history.update(lookup) { $0.opens += 1 }
            finish(command, open, "Created alert", "create: counted with the open alert, nobody paged")
        case (.create, nil):
            let alert = command.alert(id: history.nextID, of: vendor)
            history.add(alert, lookup: lookup)
            let cut = command.detailsCharacters > OpsgenieCommand.detailsCharactersMax
            finish(
                command, alert, "Created alert", "create: opened and paged\(cut ? "; details truncated" : "")"
            )
        case (_, nil):
            recordFailure(of: command)
        case (.acknowledge, let open?):
            history.update(lookup) { alert in
                alert.status = .acknowledged
                alert.acknowledgedAt = open.acknowledgedAt ?? command.dueAt
            }
            finish(command, open, "Acknowledged alert", "acknowledge")
        case (.unacknowledge, let open?):
            history.update(lookup) { $0.status = .triggered }
            finish(command, open, "Unacknowledged alert", "unacknowledge")
        case (.close, let open?):
            history.update(lookup) { alert in
                alert.status = .resolved
                alert.resolvedAt = command.dueAt
            }
            finish(command, open, "Closed alert", "close")
        case (.message, let open?):
            history.update(lookup) { $0.summary = command.fields["message"]?.text ?? open.summary }
            finish(command, open, "Updated message", "message")
        case (.priority, let open?):
            history.update(lookup) { $0.severity = command.fields["priority"]?.text ?? open.severity }
            finish(command, open, "Updated priority", "priority")
        case (.notes, let open?):
            history.update(lookup) { $0.notes.append(command.note) }
            finish(command, open, "Added note", "note")
        }
    }

    /// Alerts are found by alias; an id or a tiny id is looked up first.
    private func lookup(_ command: OpsgenieCommand) -> String {
        switch (command.action, command.identifierType) {
        case (.create, _): command.alias ?? history.nextID  // without an alias the id takes its place
        case (_, "alias"): command.identifier
        default: incidents.last { $0.id == command.identifier }?.key ?? ""
        }
    }

    private mutating func finish(
        _ command: OpsgenieCommand, _ alert: SandboxIncident, _ status: String, _ text: String
    ) {
        history.record(.accepted, at: command.dueAt, key: alert.key, text)
        recordOutcome(
            command, OpsgenieOutcome(isSuccess: true, status: status, alertID: alert.id, alias: alert.key))
    }

    private mutating func recordFailure(of command: OpsgenieCommand) {
        history.record(
            .dropped, at: command.dueAt, key: command.key, "\(command.action.rawValue): Alert does not exist")
        recordOutcome(
            command, OpsgenieOutcome(isSuccess: false, status: "Alert does not exist", alertID: "", alias: "")
        )
    }

    private mutating func recordOutcome(_ command: OpsgenieCommand, _ outcome: OpsgenieOutcome) {
        if outcomeOrder.count >= Self.outcomesMax * 2 {
            for id in outcomeOrder.prefix(Self.outcomesMax) { outcomes[id] = nil }
            outcomeOrder.removeFirst(Self.outcomesMax)
        }
        var outcome = outcome
        outcome.action = command.action.outcomeName
        outcome.processedAt = command.dueAt
        outcomes[command.requestID] = outcome
        outcomeOrder.append(command.requestID)
    }

    private func isAuthentic(_ request: SandboxRequest) -> Bool {
        let prefix = "GenieKey "
        guard let value = request.header("Authorization"), value.hasPrefix(prefix) else { return false }
        let key = String(value.dropFirst(prefix.count))
        return !key.isEmpty && (apiKeys?.contains(key) ?? true)
    }

    private mutating func refuse(_ status: Int, _ message: String, id: String, at now: Double)
        -> SandboxResponse
    {
        history.record(.refused, at: now, "\(status): \(message)")
        return Self.answer(status, ["message": .string(message)], id: id)
    }

    private static func answer(_ status: Int, _ fields: [String: SandboxJSON], id: String) -> SandboxResponse
    {
        let took = 0.01
        return .json(
            status,
            SandboxJSON.object(fields.merging(["took": .number(took), "requestId": .string(id)]) { $1 }),
            headers: [
                .init("X-Request-ID", id), .init("X-Response-Time", "\(took)"),
                .init("X-RateLimit-State", "OK"),
            ])
    }

    /// Opsgenie's are random UUIDs; these count, so that the same requests give the same answers.
    private static func requestID(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }
}
