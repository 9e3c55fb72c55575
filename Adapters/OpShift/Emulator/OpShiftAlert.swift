import VendorSandbox

extension OpShiftEmulator {
    mutating func alert(_ request: SandboxRequest, _ webhook: String, at now: Double) -> SandboxResponse {
        guard isJSON(request) else { return refuse(400, "Content-Type must be application/json", at: now) }
        guard webhooks?.contains(webhook) ?? true, !disabledWebhooks.contains(webhook) else {
            return refuse(404, "Webhook not found or disabled", at: now)
        }
        guard isWithinPace("alert \(webhook)", max: alertsPerMinuteMax, at: now) else {
            return refuse(429, "Rate limit exceeded", at: now)
        }
        guard let fields = SandboxJSON.fields(of: request.body) else {
            return refuse(400, "Invalid JSON body", at: now)
        }
        let limits = ["title": 200, "description": 2_000, "group_key": 200]
        let fault = OpShiftLimitCheck.fault(of: fields, texts: limits)
        if let fault { return refuse(400, fault, at: now) }
        guard let title = fields["title"]?.text, !title.isEmpty else {
            return refuse(400, "title is required", at: now)
        }
        let severity = fields["severity"]?.text ?? "sev2"
        guard (0...4).map({ "sev\($0)" }).contains(severity),
            fields["severity"].map({ $0.text != nil }) ?? true
        else { return refuse(400, "Invalid severity", at: now) }
        // Without a key one is derived, so that alerts that look the same are one.
        let key = fields["group_key"]?.text ?? "\(title)|\(webhook)"
        if let filter = filters.first(where: { fields[$0.field]?.text?.contains($0.text) ?? false }) {
            history.record(.dropped, at: now, key: key, "filtered: \(filter.reason)")
            return .json(
                200,
                [
                    "status": "filtered", "message": "Alert suppressed by filter rule",
                    "reason": .string(filter.reason),
                ] as SandboxJSON)
        }
        return triggered(key, title: title, severity: severity, source: webhook, at: now)
    }

    private mutating func triggered(
        _ key: String, title: String, severity: String, source: String, at now: Double
    ) -> SandboxResponse {
        if let open = history.open(key) {
            history.update(key) { $0.opens += 1 }
            history.record(.accepted, at: now, key: key, "alert: one more occurrence, nobody paged")
            return Self.answer(open.id, "occurrence_added", "Occurrence added to open alert", open.opens + 1)
        }
        if let last = resolved[key], now - last.at <= reopenSeconds, history.reopen(last.id, lookup: key) {
            resolved[key] = nil
            history.update(key) { ($0.opens, $0.pages) = ($0.opens + 1, $0.pages + 1) }
            history.record(.accepted, at: now, key: key, "alert: open again, paged")
            return Self.answer(last.id, "reopened", "Alert reopened", history.open(key)?.opens ?? 1)
        }
        let id = history.nextID
        history.add(
            SandboxIncident(
                vendor: Self.name, id: id, key: key, summary: title, severity: severity, source: source,
                openedAt: now), lookup: key)
        history.record(.accepted, at: now, key: key, "alert: created, paged")
        return Self.answer(id, "created", "Alert created", 1)
    }

    private static func answer(
        _ id: String, _ status: String, _ message: String, _ count: Int
    ) -> SandboxResponse {
        .json(
            200,
            [
                "alertId": .string(id), "status": .string(status), "message": .string(message),
                "occurrenceCount": .number(Double(count)),
            ] as SandboxJSON)
    }
}

/// What OpShift takes, at most.
enum OpShiftLimitCheck {
    /// That 100 KB are 102,400 bytes and that ten levels are counted below the object is the wider reading.
    private static let metadataBytesMax = 102_400
    private static let metadataLevelsMax = 10

    /// What is wrong with a body; nil for nothing.
    ///
    /// - Parameter texts: The longest texts by name, in UTF-16 units.
    static func fault(of fields: [String: SandboxJSON], texts: [String: Int]) -> String? {
        for (name, most) in texts.sorted(by: { $0.key < $1.key }) {
            guard let value = fields[name] else { continue }
            guard let text = value.text else { return "\(name) must be a string" }
            if text.utf16.count > most { return "\(name) must be at most \(most) characters" }
        }
        guard let metadata = fields["metadata"] else { return nil }
        guard metadata.fields != nil else { return "metadata must be an object" }
        if SandboxResponse.json(200, metadata).body.count > metadataBytesMax {
            return "metadata is too large"
        }
        return levels(metadata) - 1 > metadataLevelsMax ? "metadata is nested too deeply" : nil
    }

    private static func levels(_ value: SandboxJSON) -> Int {
        switch value {
        case .array(let items): 1 + (items.map(levels).max() ?? 0)
        case .object(let members): 1 + (members.values.map(levels).max() ?? 0)
        default: 0
        }
    }
}
