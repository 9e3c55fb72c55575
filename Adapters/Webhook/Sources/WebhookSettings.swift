internal import AdapterKit
internal import OpenSenseWebhooks

/// The settings of one receiver, read and checked.
struct WebhookSettings {
    let address: WebhookAddress
    let payload: WebhookPayload
    let signature: RequestSignature
    let method: OutboundRequest.Method
    let fields: [HeaderField]
    let statuses: WebhookStatuses
    let actions: Set<IncidentUpdate.Action>
    let deduplicates: Bool

    /// The address is read last: a configuration that lacks it has every other fault named all the same.
    init(_ settings: AdapterSettings) throws(AdapterSettingError) {
        payload = try Self.choice(Name.payload, settings, WebhookPayload.self)
        let scheme = try Self.choice(Name.signature, settings, RequestSignature.Scheme.self)
        method = try Self.choice(Name.method, settings, Method.self).method
        deduplicates = try Self.choice(Name.deduplicates, settings, Answer.self) == .yes
        actions = try Self.actions(settings)
        fields = try ExtraFields(settings.text(Name.headers)).fields
        statuses = try WebhookStatuses(
            done: settings.text(Name.doneStatuses), retry: settings.text(Name.retryStatuses),
            refused: settings.text(Name.refusedStatuses))
        signature = try RequestSignature(scheme, secret: Self.secret(scheme, settings))
        address = try WebhookAddress(settings.secret(Name.url))
    }

    /// The secret; one that the scheme does not need is hidden all the same.
    private static func secret(
        _ scheme: RequestSignature.Scheme, _ settings: AdapterSettings
    ) throws(AdapterSettingError) -> Secret? {
        guard scheme != .none else { return try? settings.secret(Name.secret) }
        do { return try settings.secret(Name.secret) } catch {
            throw AdapterSettingError(
                setting: Name.secret,
                "is missing: it is what the receiver checks requests with. Take a long random text and give "
                    + "both the same, or set \(Name.signature) to none for a receiver that checks nothing.")
        }
    }

    private static func actions(
        _ settings: AdapterSettings
    ) throws(AdapterSettingError) -> Set<IncidentUpdate.Action> {
        let known = WebhookLimits.actions
        let words = Self.words(try settings.text(Name.actions))
        let actions = words.compactMap { IncidentUpdate.Action(rawValue: $0) }.filter(known.contains)
        guard actions.count == words.count, actions.contains(.open) else {
            let names = known.map(\.rawValue).joined(separator: ", ")
            throw AdapterSettingError(
                setting: Name.actions, "must be a list of some of \(names), and open one of them.")
        }
        return Set(actions)
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ settings: AdapterSettings, _: Choice.Type
    ) throws(AdapterSettingError) -> Choice {
        guard let choice = Choice(rawValue: try settings.text(name)) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw AdapterSettingError(setting: name, "must be one of \(names).")
        }
        return choice
    }

    /// The words of a list, between commas and spaces.
    static func words(_ text: String) -> [String] {
        text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    private enum Method: String, CaseIterable {
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"

        var method: OutboundRequest.Method {
            switch self {
            case .post: .post
            case .put: .put
            case .patch: .patch
            }
        }
    }

    private enum Answer: String, CaseIterable {
        case yes
        case no
    }

    enum Name {
        static let url = "url"
        static let payload = "payload"
        static let signature = "signature"
        static let secret = "secret"
        static let method = "method"
        static let headers = "headers"
        static let actions = "actions"
        static let deduplicates = "deduplicates"
        static let doneStatuses = "doneStatuses"
        static let retryStatuses = "retryStatuses"
        static let refusedStatuses = "refusedStatuses"
    }
}
