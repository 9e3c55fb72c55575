public import AdapterKit
public import OpenSenseWebhooks

/// Creates, acknowledges and closes Opsgenie alerts through the Alert API v2.
///
/// Opsgenie answers 202 before it has done anything, and can still drop the request; the adapter asks what
/// became of each.
///
/// - Folds: by `alias`, of which only one alert is open at a time, so sending again is harmless.
/// - Limits: see `Adapters/Opsgenie/README.md`; each is a named constant in `OpsgenieLimits`.
public struct Opsgenie: IncidentAdapter {
    private let apiKey: Secret
    private let baseURL: BaseURL
    private let product: OpsgenieProduct
    private let additions: OpsgenieAdditions

    /// An adapter for one API integration.
    ///
    /// - Parameters:
    ///   - apiKey: The key of an API integration that may read, create and update alerts.
    ///   - baseURL: `https://api.opsgenie.com`, or `https://api.eu.opsgenie.com` for accounts in the EU.
    /// - Throws: ``/AdapterKit/AdapterSettingError`` for a key that cannot stand in a header.
    public init(apiKey: Secret, baseURL: BaseURL) throws(AdapterSettingError) {
        try self.init(apiKey: apiKey, baseURL: baseURL, product: .opsgenie, additions: .none)
    }

    /// An adapter for either product that has the API.
    init(
        apiKey: Secret, baseURL: BaseURL, product: OpsgenieProduct, additions: OpsgenieAdditions
    ) throws(AdapterSettingError) {
        let text = apiKey.revealedText()
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw AdapterSettingError(
                setting: Setting.apiKey, "has spaces, line breaks or other characters that no key has.")
        }
        guard text.utf8.count <= OpsgenieLimits.apiKeyBytesMax else {
            throw AdapterSettingError(
                setting: Setting.apiKey, "is longer than \(OpsgenieLimits.apiKeyBytesMax) bytes.")
        }
        self.product = product
        self.additions = additions
        self.apiKey = apiKey
        self.baseURL = baseURL
    }

    /// What the relay knows of the adapter before there is one.
    public static let type = AdapterType(
        name: "opsgenie", title: "Opsgenie",
        settings: [
            AdapterSetting(
                name: Setting.apiKey, environmentVariable: "OPSGENIE_API_KEY", isSecret: true,
                role: .authenticates,
                summary: "The key of an API integration that may read, create and update alerts: "
                    + "Teams → the team → Integrations."),
            AdapterSetting(
                name: Setting.baseURL, environmentVariable: "OPSGENIE_BASE_URL", role: .locates,
                defaultValue: "https://api.opsgenie.com", addedPaths: ["/v2/alerts"],
                summary: "Where the API is; https://api.eu.opsgenie.com for accounts in the EU."),
        ] + OpsgenieAdditions.settings("OPSGENIE"),
        make: { settings throws(AdapterSettingError) in
            try Opsgenie(
                apiKey: settings.secret(Setting.apiKey), baseURL: settings.baseURL(Setting.baseURL),
                product: .opsgenie, additions: OpsgenieAdditions(settings))
        }, setupGuide: setupGuide)

    private static let setupGuide = """
        At Opsgenie, once for each team that OpenSense's alarms are to reach:

        1. Teams → the team → Integrations → Add integration.
        2. Choose the API integration, and let it read, create and update alerts.
        3. Turn it on, and copy its API key.

        Set OPSGENIE_API_KEY to the key, or "apiKey" of the destination to "env:NAME" or "file:PATH".
        Accounts in the EU set OPSGENIE_BASE_URL to https://api.eu.opsgenie.com.
        """

    /// Opsgenie's pace depends on the plan and is not published.
    public var traits: AdapterTraits {
        AdapterTraits(folds: true, actions: [.open, .update, .acknowledge, .resolve, .annotate])
    }

    /// That Opsgenie ends, and what to change.
    public var advice: [String] { product.advice }

    /// One request for every update, and three for an alert that has changed; none for a remark that no alert
    /// can have.
    ///
    /// - Throws: ``/AdapterKit/AdapterError`` when the request cannot be written as JSON.
    public func begin(
        _ update: IncidentUpdate, context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        let message = OpsgenieMessage(update: update, additions: additions)
        switch update.action {
        case .open: return .send(post(baseURL.url("v2", "alerts"), try message.create()))
        case .update: return try send(OpsgenieChange(product, progress: context.progress), message)
        case .acknowledge: return .send(post(url(message.alias, "acknowledge"), try message.followUp()))
        case .resolve: return .send(post(url(message.alias, "close"), try message.followUp()))
        case .annotate:
            guard let alias = message.annotatedAlias else { return .done() }
            return .send(post(url(alias, "notes"), try message.followUp()))
        case .refresh: return .done()
        }
    }

    /// What Opsgenie's answer means.
    ///
    /// After a 2xx with a request id the outcome is asked for, and a 404 to that asks again; 3xx, 408, 425,
    /// 429 and 5xx are tried again; the rest is refused.
    public func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        let reading = OpsgenieAnswer(answer, request: request, product: product)
        guard update.action == .update, request.method == .put else {
            return judged(reading, answer, request)
        }
        return try changed(reading, answer, update, context)
    }

    private func judged(
        _ reading: OpsgenieAnswer, _ answer: VendorResponse, _ request: OutboundRequest
    ) -> AdapterStep {
        switch (request.purpose, answer.status) {
        case (.deliver, 200...299) where answer.isWebPage: return reading.refusal
        case (.deliver, 200...299):
            guard let requestID = reading.requestID else { return .done() }
            return .askLater(check(requestID), after: .seconds(OpsgenieLimits.firstCheckSeconds))
        case (.check, 200...299): return reading.outcome
        case (.check, 404): return .askLater(request, after: .seconds(OpsgenieLimits.nextCheckSeconds))
        default: return reading.refusal
        }
    }

    /// What follows a replaced message or priority: the next request, also where this one was refused.
    ///
    /// An integration may be allowed to add notes and nothing else, and Jira Service Management, which some
    /// use at another address, has no such request. The note has all of it, and its outcome is asked for.
    private func changed(
        _ reading: OpsgenieAnswer, _ answer: VendorResponse, _ update: IncidentUpdate,
        _ context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        let isTaken = (200...299).contains(answer.status) && !answer.isWebPage
        let isRefused = (400...499).contains(answer.status) && ![401, 408, 425, 429].contains(answer.status)
        guard isTaken || isRefused, let next = OpsgenieChange(product, progress: context.progress).next else {
            return reading.refusal
        }
        return try send(next, OpsgenieMessage(update: update, additions: additions))
    }

    private func send(
        _ change: OpsgenieChange, _ message: OpsgenieMessage
    ) throws(AdapterError) -> AdapterStep {
        let body = try message.change(change)
        return switch change {
        case .message, .priority:
            .send(
                request(.put, url(message.alias, change.rawValue), body), progress: change.rawValue)
        case .note:
            .send(
                post(url(message.alias, "notes"), body),
                progress: product.updatesAlerts ? change.rawValue : nil)
        }
    }

    private func url(_ alias: String, _ action: String) -> String {
        baseURL.url("v2", "alerts", alias, action, query: ["identifierType": "alias"])
    }

    private func post(_ url: String, _ body: [UInt8]) -> OutboundRequest { request(.post, url, body) }

    private func request(
        _ method: OutboundRequest.Method, _ url: String, _ body: [UInt8]
    ) -> OutboundRequest {
        OutboundRequest(
            method: method, url: url, fields: [authorization, .init("Content-Type", "application/json")],
            body: body,
            secrets: [apiKey])
    }

    private func check(_ requestID: String) -> OutboundRequest {
        OutboundRequest(
            purpose: .check, method: .get, url: baseURL.url("v2", "alerts", "requests", requestID),
            fields: [authorization], secrets: [apiKey])
    }

    private var authorization: HeaderField {
        .init("Authorization", "GenieKey \(apiKey.revealedText())")
    }

    enum Setting {
        static let apiKey = "apiKey"
        static let baseURL = "baseURL"
    }
}
