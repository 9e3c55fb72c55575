package import AdapterKit
package import OpenSenseWebhooks

/// Whether a delivery whose id was seen before is the same delivery.
extension Acceptance {
    /// Why a delivery was accepted although its id was seen before.
    package static let reusedID = "delivery-id-reused"

    /// Whether this repeats the delivery whose body was `known`.
    ///
    /// A retry changes the number of the attempt and the time of delivery, never which event it is about.
    package func repeats(_ known: [UInt8]) -> Bool {
        guard body != known, let event = try? Delivery(body: body).event,
            let other = try? Delivery(body: known).event
        else { return body == known || isUnreadable(known) }
        return event.id == other.id && event.kind.name == other.kind.name
            && IncidentKey(event, fallback: "").text == IncidentKey(other, fallback: "").text
    }

    /// Whether neither body can be read, so that there is nothing by which to distinguish their events.
    private func isUnreadable(_ known: [UInt8]) -> Bool {
        (try? Delivery(body: body)) == nil && (try? Delivery(body: known)) == nil
    }

    /// What the ledger is to know it by: its own identities, and its event where that is news.
    ///
    /// Two at most; a delivery whose sender signed no id has no room for the event.
    package func ledgerKeys(isEventKnown: Bool) -> [DeliveryKey] {
        guard let eventKey, !isEventKnown, identities.count == 1 else { return identities }
        return identities + [eventKey]
    }

    /// The key of its incident; nil for one that concerns none.
    package var incidentKey: IncidentKey? {
        if case .step(let key, _) = content { key } else { nil }
    }

    /// Whether it ends an alarm that is not open under its own key.
    package func mayConcernOther(than known: IncidentTimeline?) -> Bool {
        guard keyWithoutAccount != nil, known?.episode == nil, case .step(_, let step) = content else {
            return false
        }
        return step.action == .resolve
    }

    /// What identifies it where its own id is taken by another event.
    package var identityOfEvent: DeliveryKey {
        let own = identities.map { "\($0.high) \($0.low)" }.joined(separator: " ")
        let event = try? Delivery(body: body).event
        let words = [event?.kind.name, event?.id, event.map { IncidentKey($0, fallback: "").text }]
        return DeliveryKey(of: (["event", own] + words.map { $0 ?? "" }).joined(separator: "\n"))
    }
}
