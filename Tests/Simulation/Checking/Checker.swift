internal import AdapterKit

/// Says what the relay promised and did not keep, judged without its tables and its rules' code.
struct Checker {
    /// The length of a lease.
    private static let leaseMilliseconds = 60_000

    let evidence: Evidence
    var violations: [String] = []

    init(_ evidence: Evidence) {
        self.evidence = evidence
        checkAcceptedOnce()
        checkPages()
        checkRepetitions()
        checkOperator()
        checkPromptness()
        for key in evidence.keys {
            for vendor in RelayConfiguration.vendors {
                checkReached(key, vendor)
                checkOrder(key, vendor)
                checkOutcome(key, vendor)
            }
        }
    }

    /// No delivery is accepted twice.
    private mutating func checkAcceptedOnce() {
        for event in evidence.events {
            let count = (evidence.chronicle.answers[event.number] ?? []).count { $0.code == "accepted" }
            if count > 1 {
                violations.append("accepted-once: \(event.deliveryID) was accepted \(count) times")
            }
        }
    }

    // MARK: Pages

    /// One page for each alarm at each vendor, and none for one that was known to be over.
    private mutating func checkPages() {
        var pages: [String: Int] = [:]
        for record in evidence.chronicle.vendorRecords where record.isPage {
            pages["\(record.delivery) at \(record.vendor)", default: 0] += 1
        }
        for (name, count) in pages.sorted(by: { $0.key < $1.key }) where count > 1 {
            violations.append("one-page: \(name) paged \(count) times")
        }
        for record in evidence.chronicle.vendorRecords where record.isPage {
            guard let open = evidence.events.first(where: { $0.deliveryID == record.delivery }),
                let reference = open.reference, let episode = open.episode
            else { continue }
            let clear = evidence.events(of: open.key).first { clear in
                clear.action == .resolve && clear.episode ?? 0 >= episode
                    && clear.reference ?? .min >= reference && evidence.isAccepted(clear, before: open)
            }
            if let clear {
                violations.append(
                    "no-late-page: \(open.deliveryID) paged at \(record.vendor) after \(clear.deliveryID)")
            }
        }
    }

    /// Once a life of the relay has heard that a vendor has an update, it does not send it again, unless the
    /// store failed for so long that the lease ran out.
    private mutating func checkRepetitions() {
        var answered: [String: Int] = [:]
        for record in evidence.chronicle.vendorRecords where record.isEffective && record.status < 300 {
            if isHandedOver(record.key, to: record.vendor) { continue }
            let name =
                "\(record.action.rawValue) of \(record.delivery) to \(record.vendor) by \(record.process)"
            if let heard = answered[name], heard < record.time, record.time < heard + Self.leaseMilliseconds {
                violations.append("sent-once: \(name) was sent again after it was heard to have arrived")
            }
            if let heard = record.answerReceivedAt { answered[name] = min(heard, answered[name] ?? .max) }
        }
    }

    // MARK: Nothing is lost

    /// What was answered with 200 has reached its vendors, or is a dead letter, or came too late.
    private mutating func checkReached(_ key: String, _ vendor: String) {
        guard !evidence.wasRemoved(vendor) else { return }
        let letters = evidence.deadLetters(of: key, at: vendor)
        guard !letters.contains(where: \.isStuck) else { return }
        let events = evidence.events(of: key)
        for event in events where evidence.acknowledgement(event) != nil {
            guard evidence.effect(event, at: vendor) == nil, isExpected(event, at: vendor, among: events),
                !letters.contains(where: { $0.delivery == event.deliveryID }),
                !mayBeSuperseded(event, by: events),
                event.action == .open || !evidence.isResolved(before: event, at: vendor)
            else { continue }
            violations.append("nothing-lost: \(event.deliveryID) (\(event.kind)) never reached \(vendor)")
        }
    }

    private func isExpected(_ event: StoryEvent, at vendor: String, among events: [StoryEvent]) -> Bool {
        if isHandedOver(event.key, to: vendor),
            evidence.allLetters(of: event.key, at: "first").contains(where: {
                $0.delivery == event.deliveryID
            })
        {
            return true
        }
        switch event.action {
        case nil, .update?, .refresh?: return false
        case .open?, .annotate?: return evidence.routes(event).all.contains(vendor)
        case .acknowledge?, .resolve?:
            let opens = events.filter { $0.episode == event.episode && $0.action == .open }
            let isOpenThere = opens.contains {
                evidence.isOpened($0, at: vendor) && evidence.isAccepted($0, before: event)
            }
            if isOpenThere { return true }
            // Unless the alarm was routed elsewhere before the configuration changed, it goes where clears
            // go.
            return Set(evidence.chronicle.configurations).count == 1
                && evidence.routes(event).all.contains(vendor)
        }
    }

    /// Whether the vendor may have got something that another one refused.
    private func isHandedOver(_ key: String, to vendor: String) -> Bool {
        evidence.hasFailover && vendor == "second" && !evidence.allLetters(of: key, at: "first").isEmpty
    }

    /// Section 5 of the design, as a person reads it: whether something that was accepted first makes it
    /// late.
    func mayBeSuperseded(_ event: StoryEvent, by events: [StoryEvent]) -> Bool {
        guard let reference = event.reference else { return false }
        let earlier = events.filter {
            $0.number != event.number && evidence.mayBeAccepted($0, before: event)
        }
        let isCleared = earlier.contains { clear in
            guard clear.action == .resolve else { return false }
            if let cleared = clear.reference { return cleared >= reference }
            // A clear without a time ends every earlier alarm.
            return earlier.contains { $0.reference ?? .min >= reference }
        }
        let isNewerOpen = earlier.contains {
            $0.action == .open && $0.episode ?? 0 > event.episode ?? 0
                && $0.openedAt ?? .min >= event.openedAt ?? reference
        }
        switch event.action {
        case .open?: return isCleared || isNewerOpen
        case .resolve?: return isNewerOpen
        case .acknowledge?:
            // One that came before its open goes with it.
            let comesFirst = events.contains {
                $0.action == .open && $0.episode == event.episode && !evidence.isAccepted($0, before: event)
            }
            return isCleared || isNewerOpen || comesFirst
        default: return false
        }
    }

    // MARK: Order

    /// What was accepted first reaches a vendor first.
    private mutating func checkOrder(_ key: String, _ vendor: String) {
        let events = evidence.events(of: key)
        for first in events {
            guard let before = evidence.effect(first, at: vendor) else { continue }
            for second in events where evidence.isAccepted(first, before: second) {
                guard let after = evidence.effect(second, at: vendor), after < before else { continue }
                violations.append(
                    "in-order: \(second.deliveryID) reached \(vendor) before \(first.deliveryID)")
            }
        }
    }

    // MARK: How it ends

    /// No incident stays open for an alarm that is over, and none is closed for one that is not.
    private mutating func checkOutcome(_ key: String, _ vendor: String) {
        let events = evidence.events(of: key).filter { $0.episode != nil }
        guard let last = events.last, !evidence.wasRemoved(vendor),
            evidence.deadLetters(of: key, at: vendor).isEmpty,
            events.allSatisfy(evidence.isTaken)
        else { return }
        if evidence.untimedKeys.contains(key) {
            let isInOrder = zip(events, events.dropFirst()).allSatisfy {
                evidence.isAccepted($0, before: $1)
            }
            guard isInOrder else { return }
        }
        let incident = evidence.incident(vendor, key)
        guard last.action != .resolve,
            let open = events.last(where: { $0.action == .open })
        else {
            if incident.isOpen { violations.append("closes: \(key) is over and still open at \(vendor)") }
            return
        }
        let routes = evidence.routes(open)
        if routes.all.contains(vendor), !incident.isOpen {
            violations.append("stays-open: \(key) is in alarm and not open at \(vendor)")
        }
        if !routes.any.contains(vendor), incident.isOpen, !isHandedOver(key, to: vendor) {
            violations.append("closes: \(key) is open at \(vendor), where it was never sent")
        }
        if incident.isOpen, last.action == .acknowledge, last.openedAt == open.openedAt,
            routes.all.contains(vendor), !incident.isAcknowledged
        {
            violations.append("acknowledged: \(key) is not acknowledged at \(vendor)")
        }
    }
}
