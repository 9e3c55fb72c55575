internal import AdapterKit
internal import OpenSenseWebhooks

/// The settings of the incidents API, checked: who may use it, and what every new incident has.
struct BetterStackAccount {
    let apiToken: Secret
    let baseURL: BaseURL
    /// The members that each create has: who asks for it, for whom, and how people are alerted.
    let createFields: JSONObject

    /// - Throws: `AdapterSettingError` for a value that Better Stack would refuse.
    init(_ settings: AdapterSettings) throws(AdapterSettingError) {
        apiToken = try Self.token(settings)
        baseURL = try settings.baseURL(Setting.baseURL)
        var fields: JSONObject = ["requester_email": .string(try Self.email(settings))]
        for (setting, name) in Self.ways {
            fields[name] = .boolean(try Self.choice(settings, setting))
        }
        fields["team_name"] = try Self.name(settings, Setting.teamName, "team's name, under Settings → Teams")
        fields["policy_id"] = try Self.name(
            settings, Setting.policyID, "policy's number, at the end of its address in the browser")
        createFields = fields
    }

    private static let ways = [
        (Setting.call, "call"), (Setting.sms, "sms"), (Setting.email, "email"), (Setting.push, "push"),
        (Setting.criticalAlert, "critical_alert"),
    ]

    private static func token(_ settings: AdapterSettings) throws(AdapterSettingError) -> Secret {
        let token = try settings.secret(Setting.apiToken)
        let text = token.revealedText()
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw AdapterSettingError(
                setting: Setting.apiToken,
                "has spaces, line breaks or other characters that no token has; copy it anew from API tokens."
            )
        }
        guard text.utf8.count <= BetterStackLimits.secretBytesMax else {
            throw AdapterSettingError(
                setting: Setting.apiToken, "is longer than \(BetterStackLimits.secretBytesMax) bytes.")
        }
        return token
    }

    private static func email(_ settings: AdapterSettings) throws(AdapterSettingError) -> String {
        let text = try settings.text(Setting.requesterEmail)
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            text.utf8.count <= BetterStackLimits.emailBytesMax
        else {
            throw AdapterSettingError(
                setting: Setting.requesterEmail,
                "is no e-mail address; take that of a member of the team, under Team members.")
        }
        return text
    }

    private static func choice(
        _ settings: AdapterSettings, _ name: String
    ) throws(AdapterSettingError) -> Bool {
        switch try settings.text(name) {
        case "yes": return true
        case "no": return false
        default: throw AdapterSettingError(setting: name, "must be yes or no.")
        }
    }

    /// A text that may be left out; an empty one is as if it were.
    private static func name(
        _ settings: AdapterSettings, _ name: String, _ what: String
    ) throws(AdapterSettingError) -> JSONValue? {
        let text = try settings.text(name)
        let isShort = text.utf8.count <= BetterStackLimits.nameBytesMax
        guard isShort, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw AdapterSettingError(
                setting: name,
                "has control characters or over \(BetterStackLimits.nameBytesMax) bytes; it is the \(what).")
        }
        return text.isEmpty ? nil : .string(text)
    }

    enum Setting {
        static let apiToken = "apiToken"
        static let baseURL = "baseURL"
        static let requesterEmail = "requesterEmail"
        static let teamName = "teamName"
        static let policyID = "policyID"
        static let call = "call"
        static let sms = "sms"
        static let email = "email"
        static let push = "push"
        static let criticalAlert = "criticalAlert"
    }
}
