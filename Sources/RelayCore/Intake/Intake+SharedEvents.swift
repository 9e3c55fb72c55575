internal import AdapterKit
internal import OpenSenseWebhooks

/// Events that several webhooks of one account bring.
extension Intake {
    /// The accounts that have more than one of `sources`; the empty one stands for sources without any.
    static func sharedAccounts(_ sources: [String: WebhookJudge], _ accounts: [String: String]) -> Set<String>
    {
        Set(Dictionary(grouping: sources.keys) { accounts[$0] ?? "" }.filter { $0.value.count > 1 }.keys)
    }

    /// What identifies an event in its account, whichever webhook brings it; nil where each delivery counts.
    ///
    /// An open counts always: it may be worse. So does what ends or acknowledges an alarm and has no time but
    /// the alarm's beginning, because a sender that uses one id for all of an alarm's life may mean another
    /// time by it. The times and the incident are part of the identity for the same reason.
    func eventKey(of event: Event, _ action: IncidentUpdate.Action, account: String?) -> DeliveryKey? {
        guard sharedAccounts.contains(account ?? ""), action != .open, let id = event.id, !id.isEmpty else {
            return nil
        }
        let times = event.times.filter { Event.alarmTimeNames.contains($0.key) }
        guard action == .annotate || times.contains(where: { $0.key != "opened_at" }) else { return nil }
        let words = [account ?? "", event.kind.name, id, IncidentKey(event, fallback: id).text]
        let moments = times.map { "\($0.key)=\($0.value.unixMilliseconds)" }.sorted()
        return DeliveryKey(of: (["account"] + words + moments).joined(separator: "\n"))
    }
}
