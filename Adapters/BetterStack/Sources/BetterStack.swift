public import AdapterKit
public import OpenSenseWebhooks

/// Starts, acknowledges and resolves Better Stack incidents through an incoming webhook.
///
/// What a request does is decided by rules that a person sets up at Better Stack once, see the guide of
/// ``type``: without them every request is taken and nothing happens.
///
/// - Folds: by the alert id, so sending again is harmless.
/// - Limits: see `Adapters/BetterStack/README.md`; each is a named constant in `BetterStackLimits`.
public struct BetterStack: IncidentAdapter {
    private let address: BetterStackAddress

    /// An adapter for one incoming webhook.
    ///
    /// - Parameter url: Its address, such as `https://uptime.betterstack.com/api/v1/incoming-webhook/TOKEN`.
    /// - Throws: ``/AdapterKit/AdapterSettingError`` when it is no address of an incoming webhook.
    public init(url: Secret) throws(AdapterSettingError) { address = try BetterStackAddress(url) }

    /// What the relay knows of the adapter before there is one.
    public static let type = AdapterType(
        name: "better-stack", title: "Better Stack",
        settings: [
            AdapterSetting(
                name: Setting.url, environmentVariable: "BETTER_STACK_WEBHOOK_URL", isSecret: true,
                role: .identifies,
                placeholder:
                    "https://uptime.betterstack.com/api/v1/incoming-webhook/0PlaceholderForTheToken0",
                summary: "The address of an incoming webhook, with its token; "
                    + "`opensense-relay setup better-stack` says how to make one.")
        ],
        make: { settings throws(AdapterSettingError) in
            try BetterStack(url: settings.secret(Setting.url))
        }, setupGuide: BetterStackSetup.webhook)

    /// An open for an incident that is there changes nothing, so one that has got worse is resolved and
    /// opened again; Better Stack publishes no pace.
    public var traits: AdapterTraits {
        AdapterTraits(
            folds: true, actions: [.open, .update, .acknowledge, .resolve], pagesAgain: .byReopening)
    }

    /// One request for every update.
    ///
    /// - Throws: ``/AdapterKit/AdapterError`` when the request cannot be written as JSON.
    public func begin(
        _ update: IncidentUpdate, context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        guard let status = Self.status(for: update.action) else { return .done() }
        return .send(
            OutboundRequest(
                method: .post, url: address.whole.revealedText(),
                fields: [.init("Content-Type", "application/json")],
                body: try BetterStackMessage(update: update).body(status), secrets: [address.token]))
    }

    /// What Better Stack's answer means: any 2xx is done, since it documents none; 404 and 410 refuse the
    /// address.
    public func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        answer.usualStep(
            explanation: request.quote(BetterStackWords.explanation(of: answer)), isAddressCredential: true)
    }

    private static func status(for action: IncidentUpdate.Action) -> BetterStackMessage.Status? {
        switch action {
        case .open: .started
        case .update: .updated
        case .acknowledge: .acknowledged
        case .resolve: .resolved
        case .annotate, .refresh: nil
        }
    }

    enum Setting {
        static let url = "url"
    }
}
