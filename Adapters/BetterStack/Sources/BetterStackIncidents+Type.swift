public import AdapterKit

extension BetterStackIncidents {
    private typealias Setting = BetterStackAccount.Setting

    /// What the relay knows of the adapter before there is one.
    public static let type = AdapterType(
        name: "better-stack-incidents", title: "Better Stack incidents", settings: accountSettings + ways,
        make: { settings throws(AdapterSettingError) in try BetterStackIncidents(settings: settings) },
        setupGuide: BetterStackSetup.incidents)

    private static let accountSettings = [
        AdapterSetting(
            name: Setting.apiToken, environmentVariable: "BETTER_STACK_API_TOKEN", isSecret: true,
            role: .authenticates,
            summary: "An API token of the team, or a global one with teamName: API tokens → Uptime."),
        AdapterSetting(
            name: Setting.baseURL, environmentVariable: "BETTER_STACK_BASE_URL", role: .locates,
            defaultValue: "https://uptime.betterstack.com",
            addedPaths: ["/api/v3/incidents", "/api/v2/incidents"], summary: "Where the API is."),
        AdapterSetting(
            name: Setting.requesterEmail, environmentVariable: "BETTER_STACK_REQUESTER_EMAIL",
            summary: "The e-mail address of the member of the team in whose name incidents are created."),
        AdapterSetting(
            name: Setting.teamName, environmentVariable: "BETTER_STACK_TEAM_NAME", defaultValue: "",
            summary: "The team that owns the incidents; a global token needs it."),
        AdapterSetting(
            name: Setting.policyID, environmentVariable: "BETTER_STACK_POLICY_ID", defaultValue: "",
            summary: "The number of an escalation policy, at the end of its address in the browser."),
    ]

    /// How people are alerted; all that does not override the settings of a telephone is on.
    private static let ways = [
        way(Setting.call, "CALL", "yes", "Call the person on call: yes or no."),
        way(Setting.sms, "SMS", "yes", "Send a text message: yes or no."),
        way(Setting.email, "EMAIL", "yes", "Send an e-mail: yes or no."),
        way(Setting.push, "PUSH", "yes", "Send a push notification: yes or no."),
        way(
            Setting.criticalAlert, "CRITICAL_ALERT", "no",
            "Send the push notification past the mute switch and Do not Disturb: yes or no."),
    ]

    private static func way(
        _ name: String, _ variable: String, _ usual: String, _ summary: String
    ) -> AdapterSetting {
        AdapterSetting(
            name: name, environmentVariable: "BETTER_STACK_\(variable)", defaultValue: usual, summary: summary
        )
    }
}
