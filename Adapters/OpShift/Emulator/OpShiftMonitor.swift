import VendorSandbox

/// A monitor: what a heartbeat keeps up, and a `down` ping takes down.
struct OpShiftMonitor {
    /// Its state, in OpShift's words.
    enum Status: String {
        case idle
        case up
        case down
        case paused
    }

    var status = Status.idle
    /// Whether it is watched: since its first ping, or the first after a pause.
    var isActive = false
    /// Whether it was ever pinged.
    var wasPinged = false
    /// When it was last heard; seconds since 1970-01-01T00:00:00Z.
    var heardAt = 0.0
    /// The reason of the ping that took it down.
    var reason: String?
}

extension OpShiftEmulator {
    /// A person pauses a monitor, or lets it go on.
    public mutating func setPaused(_ isPaused: Bool, monitor token: String) {
        monitors[token, default: OpShiftMonitor()].status = isPaused ? .paused : .idle
        if isPaused { monitors[token]?.isActive = false }
    }

    /// The state of a monitor, in OpShift's word; nil for one that was never heard of.
    public func monitorStatus(_ token: String) -> String? { monitors[token]?.status.rawValue }

    mutating func ping(_ request: SandboxRequest, _ token: String, at now: Double) -> SandboxResponse {
        guard request.body.isEmpty || isJSON(request) else {
            return refuse(400, "Content-Type must be application/json", at: now)
        }
        guard monitorTokens?.contains(token) ?? true, monitors[token]?.status != .paused else {
            return refuse(404, "Monitor not found or paused", at: now)
        }
        guard isWithinPace("ping \(token)", max: Self.pingsPerMinuteMax, at: now) else {
            return refuse(429, "Rate limit exceeded", at: now)
        }
        let body = request.body.isEmpty ? [:] : SandboxJSON.fields(of: request.body)
        guard let fields = body, let status = OpShiftMonitor.Status(rawValue: fields["status"]?.text ?? "up"),
            [.up, .down].contains(status)
        else { return refuse(400, "Invalid body", at: now) }
        // That OpShift answers these with 400 is unconfirmed.
        let fault = OpShiftLimitCheck.fault(of: fields, texts: ["reason": 200, "group_key": 200])
        if let fault { return refuse(400, fault, at: now) }
        return pinged(token, status, reason: fields["reason"]?.text, at: now)
    }

    private mutating func pinged(
        _ token: String, _ status: OpShiftMonitor.Status, reason: String?, at now: Double
    ) -> SandboxResponse {
        if monitors.count >= Self.monitorsMax { monitors = [:] }
        var monitor = monitors[token] ?? OpShiftMonitor()
        let message =
            monitor.isActive
            ? "Ping received"
            : monitor.wasPinged
                ? "Ping received \u{2014} monitoring restarted"
                : "First ping received \u{2014} monitoring started"
        let isRepeated = monitor.status == .down && status == .down && monitor.reason == reason
        (monitor.isActive, monitor.wasPinged, monitor.heardAt) = (true, true, now)
        (monitor.status, monitor.reason) = (status, status == .down ? reason : nil)
        monitors[token] = monitor
        switch status {
        case .down where !isRepeated: raise(token, reason: reason ?? "down", at: now)
        case .up: close(token, at: now)
        default: history.record(.accepted, at: now, key: Self.key(token), "ping: down still, nobody paged")
        }
        let shown: SandboxJSON = [
            "name": .string(token), "status": .string(hasOutage ? "idle" : status.rawValue),
            "monitoringActive": .boolean(!hasOutage),
        ]
        return .json(
            200,
            ["message": .string(message), "monitor": shown, "pingStatus": .string(status.rawValue)]
                as SandboxJSON)
    }

    /// Raises the alert of a monitor that is down.
    mutating func raise(_ token: String, reason: String, at now: Double) {
        let key = Self.key(token)
        if history.open(key) == nil {
            history.add(
                SandboxIncident(
                    vendor: Self.name, id: history.nextID, key: key, summary: "\(token) is down: \(reason)",
                    severity: "sev1", source: token, openedAt: now), lookup: key)
            history.record(.accepted, at: now, key: key, "ping: down, paged")
        } else {
            history.update(key) { $0.opens += 1 }
            history.record(.accepted, at: now, key: key, "ping: down for another reason, nobody paged")
        }
    }

    private mutating func close(_ token: String, at now: Double) {
        let key = Self.key(token)
        history.record(.accepted, at: now, key: key, "ping: up")
        history.update(key) { ($0.status, $0.resolvedAt) = (.resolved, now) }
    }

    private static func key(_ token: String) -> String { "monitor/\(token)" }
}
