public import AdapterKit
public import OpenSenseWebhooks

/// Opens, acknowledges and resolves PagerDuty incidents through the Events API v2.
///
/// - Folds: by `dedup_key`, so sending again is harmless.
/// - Limits: see `Adapters/PagerDuty/README.md`; each is a named constant in `PagerDutyLimits`.
public struct PagerDuty: IncidentAdapter {
    private let routingKey: Secret
    private let baseURL: BaseURL
    /// Whether the key takes change events: that of an event orchestration or ruleset, `R…`, does not.
    ///
    /// - Source: developer.pagerduty.com, Events API v2, "Overview" (read 2026-11-20).
    private let takesChangeEvents: Bool

    /// An adapter for one integration of a service.
    ///
    /// - Parameters:
    ///   - routingKey: The integration key; 32 letters and digits.
    ///   - baseURL: `https://events.pagerduty.com`, or for accounts in the EU
    ///     `https://events.eu.pagerduty.com`.
    /// - Throws: ``/AdapterKit/AdapterSettingError`` for a routing key that PagerDuty would refuse.
    public init(routingKey: Secret, baseURL: BaseURL) throws(AdapterSettingError) {
        let text = routingKey.revealedText()
        guard text.utf8.allSatisfy(Self.isAlphanumeric) else {
            throw AdapterSettingError(
                setting: Setting.routingKey, "has characters other than ASCII letters and digits.")
        }
        guard text.utf8.count == PagerDutyLimits.routingKeyCharacters else {
            throw AdapterSettingError(
                setting: Setting.routingKey,
                "has \(text.utf8.count) characters; it must have \(PagerDutyLimits.routingKeyCharacters)."
            )
        }
        self.routingKey = routingKey
        self.baseURL = baseURL
        takesChangeEvents = !text.hasPrefix("R")
    }

    /// What the relay knows of the adapter before there is one.
    public static let type = AdapterType(
        name: "pagerduty", title: "PagerDuty",
        settings: [
            AdapterSetting(
                name: Setting.routingKey, environmentVariable: "PAGERDUTY_ROUTING_KEY", isSecret: true,
                role: .identifies,
                summary: "The integration key (32 letters and digits) of an Events API v2 integration: "
                    + "Services → the service → Integrations."),
            AdapterSetting(
                name: Setting.baseURL, environmentVariable: "PAGERDUTY_BASE_URL", role: .locates,
                defaultValue: "https://events.pagerduty.com",
                addedPaths: ["/v2/enqueue", "/v2/change/enqueue"],
                summary: "Where the Events API is; https://events.eu.pagerduty.com for accounts in the EU."),
        ],
        make: { settings throws(AdapterSettingError) in
            try PagerDuty(
                routingKey: settings.secret(Setting.routingKey), baseURL: settings.baseURL(Setting.baseURL))
        }, setupGuide: setupGuide)

    private static let setupGuide = """
        At PagerDuty, once for each service that OpenSense's alarms are to reach:

        1. Services → Service Directory → the service → Integrations → Add an integration.
        2. Choose Events API v2, and add it.
        3. Open the new integration and copy its Integration Key, 32 letters and digits.

        Set PAGERDUTY_ROUTING_KEY to the key, or "routingKey" of the destination to "env:NAME" or
        "file:PATH". The key of an event orchestration works as well, without change events. Accounts in
        the EU set PAGERDUTY_BASE_URL to https://events.eu.pagerduty.com.
        """

    /// 120 requests in 60 s for one routing key, which also says whether there are change events.
    ///
    /// - Source: PagerDuty developer documentation, "Events API v2: Rate Limits", read 2026-11-20.
    public var traits: AdapterTraits {
        var actions: Set<IncidentUpdate.Action> = [.open, .update, .acknowledge, .resolve]
        if takesChangeEvents { actions.insert(.annotate) }
        return AdapterTraits(folds: true, rateLimit: PagerDutyLimits.rate, actions: actions)
    }

    /// One event for every update.
    ///
    /// - Throws: ``/AdapterKit/AdapterError`` when the request cannot be written as JSON.
    public func begin(
        _ update: IncidentUpdate, context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        let message = PagerDutyMessage(update: update, routingKey: routingKey.revealedText())
        return switch update.action {
        // A trigger for an open alert changes its summary and does not page.
        case .open, .update: .send(request(alertURL, try message.trigger()))
        case .acknowledge: .send(request(alertURL, try message.followUp("acknowledge")))
        case .resolve: .send(request(alertURL, try message.followUp("resolve")))
        case .annotate: .send(request(baseURL.url("v2", "change", "enqueue"), try message.change()))
        case .refresh: .done()
        }
    }

    /// What PagerDuty's answer means: 202 is done; every other 2xx, 3xx, 408, 425, 429 and 5xx is tried
    /// again; the rest is refused.
    public func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        // 202 is the only success that PagerDuty documents: any other comes from a proxy or a wrong address.
        if (200...299).contains(answer.status), answer.status != 202 {
            return .retry(after: nil, reason: "status \(answer.status) is no answer of PagerDuty's")
        }
        return answer.usualStep(explanation: request.quote(Self.explanation(of: answer)))
    }

    /// `errors` says what is wrong with which field; `message` says little, and a proxy says it its own way.
    private static func explanation(of response: VendorResponse) -> String {
        let answer = JSONBody.decode(response.body)
        let errors = answer?["errors"]?.items?.compactMap(\.text) ?? []
        if !errors.isEmpty { return errors.joined(separator: "; ") }
        return answer?["message"]?.text ?? String(decoding: response.body, as: UTF8.self)
    }

    private var alertURL: String { baseURL.url("v2", "enqueue") }

    private func request(_ url: String, _ body: [UInt8]) -> OutboundRequest {
        OutboundRequest(
            method: .post, url: url, fields: [.init("Content-Type", "application/json")], body: body,
            secrets: [routingKey])
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    private enum Setting {
        static let routingKey = "routingKey"
        static let baseURL = "baseURL"
    }
}
