public import AdapterKit
public import OpenSenseWebhooks

/// Raises OpShift alerts through a webhook, or takes a monitor down and up again.
///
/// - Folds: an alert by its group key while it is open, a `down` by its reason; sending again is harmless.
/// - Closes: by a monitor alone. An alert of a webhook can be neither acknowledged nor resolved from outside.
/// - Limits: see `Adapters/OpShift/README.md`; each is a named constant in `OpShiftLimits`.
public struct OpShift: IncidentAdapter {
    private let secret: Secret
    private let webhook: String
    private let baseURL: BaseURL
    private let monitors: OpShiftMonitors
    private let severities: OpShiftSeverities
    private let heartbeatSeconds: Int

    /// An adapter for one webhook, and for any number of monitors.
    ///
    /// - Parameters:
    ///   - secret: The team's webhook secret, 64 hexadecimal digits, used as it stands, as text.
    ///   - webhook: The webhook's identifier, for incidents that have no monitor.
    ///   - baseURL: `https://www.opshift.io`.
    ///   - monitors: Which monitor stands for which incident: `INCIDENT=MONITOR`, separated by commas.
    ///   - heartbeatSeconds: How often a monitor hears its present state; 30 to 86,400.
    ///   - severities: Which severity stands for which word of the sender: `WORD=sev1`, separated by commas.
    /// - Throws: ``/AdapterKit/AdapterSettingError`` for what OpShift would refuse.
    public init(
        secret: Secret, webhook: String, baseURL: BaseURL, monitors: String = "",
        heartbeatSeconds: Int = Self.usualHeartbeatSeconds, severities: String = ""
    ) throws(AdapterSettingError) {
        let digits = secret.revealedText().utf8
        guard digits.count == OpShiftLimits.secretDigits, digits.allSatisfy(Self.isHexadecimal) else {
            throw AdapterSettingError(
                setting: Setting.secret,
                "is not \(OpShiftLimits.secretDigits) hexadecimal digits: OpShift → Settings → Webhook Secret."
            )
        }
        guard OpShiftMonitors.isIdentifier(webhook) else {
            throw AdapterSettingError(
                setting: Setting.webhook,
                "is not a webhook's identifier: what follows /api/alerts/trigger/ on the webhook's page.")
        }
        guard OpShiftLimits.heartbeatSeconds.contains(heartbeatSeconds) else {
            throw AdapterSettingError(
                setting: Setting.heartbeatSeconds,
                "is not a number from \(OpShiftLimits.heartbeatSeconds.lowerBound) to "
                    + "\(OpShiftLimits.heartbeatSeconds.upperBound).")
        }
        self.heartbeatSeconds = heartbeatSeconds
        self.secret = secret
        self.webhook = webhook
        self.baseURL = baseURL
        self.monitors = try OpShiftMonitors(monitors)
        self.severities = try OpShiftSeverities(severities)
    }

    /// Alerts at once, as no pace of theirs is published; 10 pings a minute for each monitor.
    ///
    /// - Source: OpShift's documentation of pings (read 2026-11-26).
    public var traits: AdapterTraits {
        AdapterTraits(
            folds: true, actions: [.open, .acknowledge, .resolve],
            pagesAgain: monitors.isEmpty ? .byAnotherKey : .byReopening,
            rateLimitOfPaceKeys: OpShiftLimits.pings)
    }

    /// That an alert of a webhook is never closed by a clear.
    public var advice: [String] {
        [
            monitors.isEmpty
                ? "An OpShift alert never closes by itself; give each sensor a monitor in \"monitors\"."
                : "An OpShift alert of a sensor without a monitor never closes by itself."
        ]
    }

    /// Each monitor, which takes silence for a fault once it was heard.
    public var standing: [StandingState] {
        monitors.incidents.compactMap { incident, monitor in
            let name = IncidentKey.vendorKey(of: incident, charactersMax: OpShiftLimits.keyCharactersMax)
            guard
                let down = try? ping(
                    monitor, JSONBody.encode(.object(OpShiftMessage.ping("down", of: name)))),
                let up = try? ping(monitor, JSONBody.encode(.object(OpShiftMessage.ping("up", of: name))))
            else { return nil }
            return StandingState(
                incident: incident, everySeconds: heartbeatSeconds, state: Self.monitorPrefix + monitor,
                open: down, closed: up)
        }
    }

    /// One request for what opens, and for the end of what a monitor stands for.
    ///
    /// - Throws: ``/AdapterKit/AdapterError`` when the request cannot be written or signed.
    public func begin(
        _ update: IncidentUpdate, context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        let message = OpShiftMessage(update: update, context: context, webhook: webhook)
        switch (update.action, monitor(of: update, context)) {
        case (.open, let monitor?): return .send(try ping(monitor, try message.down()))
        case (.open, nil):
            let body = try message.alert(severity: severities.severity(of: update))
            // Only an alert that was sent before can be the one that is open.
            let progress = context.progress == nil ? Progress.first : Progress.again
            return .send(try post(baseURL.url("api", "alerts", "trigger", webhook), body), progress: progress)
        case (.resolve, let monitor?):
            let incident = update.key.vendorKey(charactersMax: OpShiftLimits.keyCharactersMax)
            let body = try JSONBody.encode(.object(OpShiftMessage.ping("up", of: incident)))
            return .send(try ping(monitor, body))
        case (.resolve, nil):
            return .done(
                remark: "an alert of a webhook cannot be resolved from outside: resolve it in OpShift, or "
                    + "give the sensor a monitor")
        case (.acknowledge, _):
            return .done(remark: "OpShift takes no acknowledgement from outside: acknowledge it there")
        default: return .done()
        }
    }

    /// What OpShift's answer means.
    public func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        let reading = OpShiftAnswer(answer, request: request)
        guard let monitor = monitor(of: update, context) else {
            return reading.step(afterAlert: context.progress != Progress.first)
        }
        return reading.step(afterPing: update.action == .open ? "down" : "up", of: monitor)
    }

    /// The monitor that stands for the incident: for what follows an open, the one that it took down.
    private func monitor(of update: IncidentUpdate, _ context: AdapterContext) -> String? {
        guard update.action != .open, let state = context.state else {
            return monitors.monitor(of: update.key)
        }
        guard state.hasPrefix(Self.monitorPrefix) else { return nil }
        return String(state.dropFirst(Self.monitorPrefix.count))
    }

    private func ping(_ monitor: String, _ body: [UInt8]) throws(AdapterError) -> OutboundRequest {
        try post(baseURL.url("api", "ping", monitor), body, paceKey: "monitor \(monitor)")
    }

    private func post(
        _ url: String, _ body: [UInt8], paceKey: String? = nil
    ) throws(AdapterError) -> OutboundRequest {
        let signature = try HMACSHA256(of: body, key: secret).hexadecimal
        return OutboundRequest(
            method: .post, url: url,
            fields: [.init("Content-Type", "application/json"), .init("X-Webhook-Signature", signature)],
            body: body, paceKey: paceKey, secrets: [secret])
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    /// How often a monitor hears its present state unless it is set, in seconds.
    public static let usualHeartbeatSeconds = 60

    static let monitorPrefix = "monitor "

    private enum Progress {
        static let first = "first"
        static let again = "again"
    }
}

extension OpShift {
    /// What the relay knows of the adapter before there is one.
    public static let type = AdapterType(
        name: "opshift", title: "OpShift",
        settings: [
            AdapterSetting(
                name: Setting.secret, environmentVariable: "OPSHIFT_SECRET", isSecret: true,
                placeholder: String(repeating: "0123456789abcdef", count: 4),
                summary: "The team's webhook secret (64 hexadecimal digits): Settings → Webhook Secret."),
            AdapterSetting(
                name: Setting.webhook, environmentVariable: "OPSHIFT_WEBHOOK",
                summary: "The webhook's identifier: what follows /api/alerts/trigger/ on its page."),
            AdapterSetting(
                name: Setting.monitors, environmentVariable: "OPSHIFT_MONITORS", defaultValue: "",
                summary: "Monitors that stand for incidents: alarm/SITE/DEVICE/CHANNEL=MONITOR, "
                    + "connectivity/SITE/DEVICE=MONITOR, separated by commas."),
            AdapterSetting(
                name: Setting.heartbeatSeconds, environmentVariable: "OPSHIFT_HEARTBEAT_SECONDS",
                defaultValue: "\(OpShift.usualHeartbeatSeconds)",
                summary: "How often each of these monitors hears its present state, in seconds."),
            AdapterSetting(
                name: Setting.severities, environmentVariable: "OPSHIFT_SEVERITIES",
                defaultValue: OpShiftSeverities.standard,
                summary: "The severity of an alert by the sender's word: WORD=sev0 to WORD=sev4."),
            AdapterSetting(
                name: Setting.baseURL, environmentVariable: "OPSHIFT_BASE_URL", role: .locates,
                defaultValue: "https://www.opshift.io", addedPaths: ["/api/alerts/trigger", "/api/ping"],
                summary: "Where OpShift is."),
        ],
        make: { settings throws(AdapterSettingError) in
            try OpShift(
                secret: settings.secret(Setting.secret), webhook: settings.text(Setting.webhook),
                baseURL: settings.baseURL(Setting.baseURL), monitors: settings.text(Setting.monitors),
                heartbeatSeconds: Int(settings.text(Setting.heartbeatSeconds)) ?? 0,
                severities: settings.text(Setting.severities))
        }, setupGuide: setupGuide)

    private static let setupGuide = """
        At OpShift:

        1. Settings → Webhook Secret: copy the secret, 64 hexadecimal digits.
        2. Webhooks → new webhook, for the alarms of sensors without a monitor. Its identifier is what follows
           /api/alerts/trigger/ on its page.
        3. For each sensor whose alarm is to close by itself: Monitors → new monitor. Let it expect a heartbeat
           every two minutes or less often; the relay sends one each minute.

        Set OPSHIFT_SECRET and OPSHIFT_WEBHOOK, and OPSHIFT_MONITORS to
        alarm/SITE/DEVICE/CHANNEL=MONITOR, alarm/SITE/DEVICE/CHANNEL=MONITOR
        or "secret", "webhook" and "monitors" of the destination.
        """

    /// The names of the settings.
    enum Setting {
        static let secret = "secret"
        static let webhook = "webhook"
        static let monitors = "monitors"
        static let heartbeatSeconds = "heartbeatSeconds"
        static let severities = "severities"
        static let baseURL = "baseURL"
    }
}
