internal import AdapterKit

extension WebhookSettings {
    /// Every setting, in the order in which people should read them.
    static let all: [AdapterSetting] =
        [
            AdapterSetting(
                name: Name.url, environmentVariable: "WEBHOOK_URL", isSecret: true, role: .identifies,
                placeholder: "https://receiver.example/hooks/0123456789abcdef",
                summary: "The whole address of the receiver, with its path and query."),
            text(
                Name.payload, "opensense",
                "What is sent: opensense, relay, cloudevents or cloudevents-binary."),
            text(
                Name.signature, "opensense",
                "How a request is signed: opensense, hex, standard-webhooks, bearer or none."),
            AdapterSetting(
                name: Name.secret, environmentVariable: "WEBHOOK_SECRET", isSecret: true,
                role: .authenticates,
                defaultValue: "", placeholder: "whsec_TWFkZSB1cCBmb3Igc2hvd2luZyBvbmx5",
                summary: "What the receiver checks requests with; needed unless signature is none."),
        ] + [
            text(Name.method, "POST", "The method: POST, PUT or PATCH."),
            text(Name.headers, "", "More header fields, one on a line or between semicolons."),
            text(
                Name.actions, WebhookLimits.actions.map(\.rawValue).joined(separator: ", "),
                "Which updates are sent; open is always one."),
            text(Name.deduplicates, "no", "yes when the receiver takes an id once only."),
            text(
                Name.doneStatuses, "", "Statuses that are a success, such as 200-299, 409; empty for 200-299."
            ),
            text(Name.retryStatuses, "", "Statuses after which it is tried again, beside the usual ones."),
            text(Name.refusedStatuses, "", "Statuses by which the receiver says no, beside the usual ones."),
        ]

    private static func text(_ name: String, _ usual: String, _ summary: String) -> AdapterSetting {
        AdapterSetting(
            name: name, environmentVariable: "WEBHOOK_" + variable(name), defaultValue: usual,
            summary: summary)
    }

    /// `DONE_STATUSES` for `doneStatuses`.
    private static func variable(_ name: String) -> String {
        name.reduce(into: "") { text, letter in
            if letter.isUppercase { text += "_" }
            text += letter.uppercased()
        }
    }
}
