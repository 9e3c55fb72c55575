public import AdapterKit
public import OpenSenseWebhooks

/// Opens, acknowledges and resolves PagerDuty incidents through the Events API v2.
///
/// - Deduplicates: by `dedup_key`, so sending again is harmless.
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
                summary: "The integration key (32 letters and digits) of an Events API v2 integration: "
                    + "Services → the service → Integrations."),
            AdapterSetting(
                name: Setting.baseURL, environmentVariable: "PAGERDUTY_BASE_URL",
                defaultValue: "https://events.pagerduty.com",
                summary: "Where the Events API is; https://events.eu.pagerduty.com for accounts in the EU."),
        ],
        make: { settings throws(AdapterSettingError) in
            try PagerDuty(
                routingKey: settings.secret(Setting.routingKey), baseURL: settings.baseURL(Setting.baseURL))
        })

    /// 120 requests in 60 s for one routing key.
    ///
    /// - Source: PagerDuty developer documentation, "Events API v2: Rate Limits", read 2026-11-20.
    public var traits: AdapterTraits {
        AdapterTraits(deduplicates: true, rateLimit: PagerDutyLimits.rate)
    }

    /// One event for every update; none for a remark when the routing key takes no change events.
    ///
    /// - Throws: ``/AdapterKit/AdapterError`` when the request cannot be written as JSON.
    public func requests(
        for update: IncidentUpdate, correlation: String?
    ) throws(AdapterError) -> [OutboundRequest] {
        let message = PagerDutyMessage(update: update, routingKey: routingKey.revealedText())
        switch update.action {
        case .open: return [request(alertURL, try message.trigger())]
        case .acknowledge: return [request(alertURL, try message.followUp("acknowledge"))]
        case .resolve: return [request(alertURL, try message.followUp("resolve"))]
        case .annotate:
            guard takesChangeEvents else { return [] }
            return [request(baseURL.url("v2", "change", "enqueue"), try message.change())]
        }
    }

    /// What PagerDuty's answer means: 202 is delivered; every other 2xx, 3xx, 408, 425, 429 and 5xx is tried
    /// again; the rest is refused.
    public func disposition(of response: VendorResponse, to request: OutboundRequest) -> Disposition {
        // 202 is the only success that PagerDuty documents: any other comes from a proxy or a wrong address.
        if (200...299).contains(response.status), response.status != 202 {
            return .retry(after: nil, reason: "status \(response.status) is no answer of PagerDuty's")
        }
        return response.usualDisposition(explanation: request.quote(Self.explanation(of: response)))
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
