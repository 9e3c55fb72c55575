public import AdapterKit

/// The product that has the Alert API v2: Opsgenie, or Jira Service Management, which follows it.
enum OpsgenieProduct {
    case opsgenie
    case jiraServiceManagement

    /// The product's name, for people.
    var title: String {
        switch self {
        case .opsgenie: "Opsgenie"
        case .jiraServiceManagement: "Jira Service Management"
        }
    }

    /// Whether an open alert's message and priority can be replaced.
    ///
    /// - Source: developer.atlassian.com, "Integration events": create, acknowledge, close, add note and get
    ///   request are all that Jira Service Management has (read 2026-11-20).
    var updatesAlerts: Bool { self == .opsgenie }

    /// What a person should know who has chosen it.
    ///
    /// - Source: Atlassian, "What happens when Opsgenie is turned off" (read 2026-11-20). Compass is being
    ///   phased out, too (announced 2026-04-13), so it is not named.
    var advice: [String] {
        switch self {
        case .opsgenie:
            [
                "Opsgenie is switched off on 2027-04-05, and 120 days after an account was migrated. Change "
                    + "\"adapter\" to \"jira-service-management\" and \"apiKey\" to the key of an API integration there; "
                    + "leave out \"baseURL\"."
            ]
        case .jiraServiceManagement: []
        }
    }
}

/// Creates, acknowledges and closes alerts of Jira Service Management through its integration events.
///
/// They are Opsgenie's Alert API v2 at another address, so ``Opsgenie`` does it; see
/// `Adapters/Opsgenie/README.md`.
public enum JiraServiceManagement: Sendable {
    /// What the relay knows of the adapter before there is one.
    public static let type = AdapterType(
        name: "jira-service-management", title: "Jira Service Management",
        settings: [
            AdapterSetting(
                name: Opsgenie.Setting.apiKey, environmentVariable: "JSM_API_KEY", isSecret: true,
                role: .authenticates,
                summary: "The key of an API integration: Operations → the team → Integrations → API."),
            AdapterSetting(
                name: Opsgenie.Setting.baseURL, environmentVariable: "JSM_BASE_URL", role: .locates,
                defaultValue: "https://api.atlassian.com/jsm/ops/integration", addedPaths: ["/v2/alerts"],
                summary: "Where the integration events are; one address for all regions."),
        ] + OpsgenieAdditions.settings("JSM"),
        make: { settings throws(AdapterSettingError) in
            try Opsgenie(
                apiKey: settings.secret(Opsgenie.Setting.apiKey),
                baseURL: settings.baseURL(Opsgenie.Setting.baseURL), product: .jiraServiceManagement,
                additions: OpsgenieAdditions(settings))
        }, setupGuide: setupGuide)

    private static let setupGuide = """
        At Jira Service Management, once for each team that OpenSense's alarms are to reach:

        1. Operations → the team → Integrations → Add integration.
        2. Choose the API integration, turn it on, and copy its API key.

        Set JSM_API_KEY to the key, or "apiKey" of the destination to "env:NAME" or "file:PATH". An API token
        of an Atlassian account is another thing and is refused.
        """
}
