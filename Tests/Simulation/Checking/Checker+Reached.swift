internal import AdapterKit

/// What was answered with 200 is not lost.
extension Checker {
    /// For how long a job is tried before it is given up, less what clocks and gaps may make of it, in
    /// milliseconds.
    private static let tryingMilliseconds = 23 * 3_600_000

    /// It has reached its vendors, or is a dead letter, or came too late.
    mutating func checkReached(_ key: String, _ vendor: String) {
        let letters = evidence.deadLetters(of: key, at: vendor)
        guard !letters.contains(where: \.isStuck) else { return }
        let events = evidence.events(of: key)
        for event in events where evidence.acknowledgement(event) != nil {
            guard evidence.effect(event, at: vendor) == nil, isExpected(event, at: vendor, among: events),
                !letters.contains(where: { $0.delivery == event.deliveryID }),
                !evidence.mayBeSuperseded(event), !evidence.mayBeRepeated(event),
                !evidence.isAmbiguous(event),
                event.action == .open || !evidence.isResolved(before: event, at: vendor),
                !evidence.mayBeOvertaken(event, at: vendor), !isTakenOver(event, from: vendor)
            else { continue }
            violations.append("nothing-lost: \(event.deliveryID) (\(event.kind)) never reached \(vendor)")
        }
    }

    /// Whether the second vendor had the event in place of the first one.
    private func isTakenOver(_ event: StoryEvent, from vendor: String) -> Bool {
        vendor == "first" && evidence.mayBeTakenOver(event.key)
            && (evidence.effect(event, at: "second") != nil
                || event.action != .open && evidence.isResolved(before: event, at: "second"))
    }

    /// Whether a later alarm was open at the vendor, which then gets nothing of an earlier one any more.
    private func hasNewerAlarm(than event: StoryEvent, at vendor: String) -> Bool {
        evidence.events(of: event.key).contains {
            $0.action == .open && $0.episode ?? 0 > event.episode ?? 0 && evidence.isOpened($0, at: vendor)
        }
    }

    private func isExpected(_ event: StoryEvent, at vendor: String, among events: [StoryEvent]) -> Bool {
        if evidence.hasFailover, vendor == "second", !evidence.isLackedAtTimes(vendor),
            evidence.allLetters(of: event.key, at: "first").contains(where: {
                $0.delivery == event.deliveryID
            }), !hasNewerAlarm(than: event, at: vendor)
        {
            return true
        }
        switch event.action {
        case nil, .update?, .refresh?: return false
        case .open?, .annotate?: return evidence.routes(event).all.contains(vendor)
        case .acknowledge?, .resolve?:
            let isOpenThere = evidence.opens(of: event).contains {
                evidence.isOpened($0, at: vendor) && evidence.isAccepted($0, before: event)
            }
            if isOpenThere { return true }
            // Unless the alarm was routed elsewhere by its severity or before the configuration changed, it
            // goes where clears go.
            return Set(evidence.chronicle.configurations.map { [$0.alarms, $0.mildAlarms, $0.others] }).count
                == 1
                && !evidence.scenario.practices.routesBySeverity
                && evidence.routes(event).all.contains(vendor)
        }
    }

    /// A dead letter is what a vendor refused for what it is, or what was tried for a day.
    mutating func checkDeadLetters() {
        for letter in evidence.deadLetters + evidence.chronicle.seenLetters {
            guard let event = evidence.event(of: letter.delivery) else { continue }
            let attempts = evidence.attempts(for: event, at: letter.destination)
            let tried = (attempts.last?.start ?? 0) - (attempts.first?.start ?? 0)
            if tried < Self.tryingMilliseconds, !attempts.contains(where: { $0.status == 400 }) {
                violations.append(
                    "given-up: \(letter.action) of \(letter.delivery) is a dead letter of \(letter.destination)"
                )
            }
        }
    }
}
