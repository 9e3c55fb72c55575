public import AdapterKit

/// Sends incident updates to an HTTP receiver of the user's, as the event itself or in words of the relay's.
///
/// The receiver decides what an update means. Each gives one request at most, and a request that is sent
/// again has the same id.
///
/// - Folds: only where the setting `deduplicates` says that the receiver does.
/// - Limits: see `Adapters/Webhook/README.md`; each is a named constant in `WebhookLimits`.
public struct Webhook: IncidentAdapter {
    private let settings: WebhookSettings

    /// An adapter for one receiver.
    ///
    /// - Throws: ``/AdapterKit/AdapterSettingError`` for the first setting that cannot be used.
    public init(_ settings: AdapterSettings) throws(AdapterSettingError) {
        self.settings = try WebhookSettings(settings)
    }

    /// What the relay knows of the adapter before there is one.
    public static let type = AdapterType(
        name: "webhook", title: "Webhook", settings: WebhookSettings.all,
        make: { settings throws(AdapterSettingError) in try Webhook(settings) }, setupGuide: setupGuide)

    private static let setupGuide = """
        A receiver of yours, in any language; Examples/webhook-receiver-ruby and -python are two.

        1. It takes a POST and checks its signature over the bytes of the body before it reads them.
           signature "opensense" is X-OpenSense-Signature, as the sender itself signs; "hex" is
           X-Webhook-Signature; "standard-webhooks" is what the libraries of that name check; "bearer" is
           Authorization: Bearer SECRET.
        2. It knows a repeated request by X-OpenSense-Delivery-Id, webhook-id or the body's "id", does nothing
           for it, and answers 2xx all the same. Set deduplicates to "yes" then.
        3. It answers 2xx when what it was sent is on disk, and within 10 s. After any other answer but a
           refusal (4xx) it is sent the same again.

        Set WEBHOOK_URL to its whole address and WEBHOOK_SECRET to a random text of at least 16 bytes, or "url"
        and "secret" of the destination to "env:NAME" or "file:PATH".
        """

    /// What the settings say; a receiver pages by its own rules, so that one which gets worse is sent as an
    /// update and the incident is not closed for it.
    public var traits: AdapterTraits {
        AdapterTraits(
            folds: settings.deduplicates, actions: settings.actions, pagesAgain: .never,
            usesWording: settings.payload != .opensense)
    }

    /// One request; none for an update that the payload has no words for.
    ///
    /// - Throws: ``/AdapterKit/AdapterError`` when the request cannot be written or signed.
    public func begin(
        _ update: IncidentUpdate, context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        guard settings.actions.contains(update.action), settings.payload.hasWords(for: update) else {
            return .done()
        }
        let message = try settings.payload.message(update, context)
        let signed = try settings.signature.fields(
            id: message.id, body: message.body, unixSeconds: max(context.attemptTime, 0))
        return .send(
            OutboundRequest(
                method: settings.method, url: settings.address.url,
                fields: message.fields + signed + settings.fields, body: message.body,
                secrets: settings.address.secrets + settings.signature.secrets))
    }

    /// What the answer means: by the lists of statuses, and as for every vendor where they are silent.
    public func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        settings.statuses.step(answer, explanation: request.quote(Self.explanation(of: answer)))
    }

    /// The text that most receivers give under one of these names; else the body.
    private static func explanation(of response: VendorResponse) -> String {
        let body = JSONBody.decode(response.body)
        let texts = ["message", "error", "detail", "title"].lazy.compactMap { body?[$0]?.text }
        return texts.first { !$0.isEmpty } ?? String(decoding: response.body, as: UTF8.self)
    }
}
