internal import AdapterKit

/// How soon a vendor hears of an alarm.
extension Checker {
    /// How late the first request for an alarm may be, in milliseconds.
    private static let promptMilliseconds = 10_000
    /// The same behind a failing update of an earlier alarm: a minute, one request, and what is usual.
    private static let passingMilliseconds = 60_000 + 10_000 + 10_000

    /// Whether what comes first in a lane may wait there for its outcome.
    private func decidesLater(_ vendor: String) -> Bool {
        evidence.scenario.vendors.decidesLater && vendor == "second"
    }

    /// Where nothing is in the way, an alarm is sent at once.
    mutating func checkPromptness() {
        guard evidence.scenario.isKind else { return }
        for event in evidence.events where event.action == .open {
            guard let begun = evidence.arrival(event), let done = evidence.acknowledgement(event),
                evidence.fates[event.number] == .done, !evidence.flappingKeys.contains(event.key),
                !evidence.mayBeSuperseded(event), !evidence.mayBeRepeated(event),
                !evidence.chronicle.turns.contains(where: {
                    (begun...done + Self.promptMilliseconds).contains($0)
                })
            else { continue }
            for vendor in evidence.routes(event).all.sorted() where !decidesLater(vendor) {
                let first = evidence.effect(event, at: vendor) ?? .max
                if first > done + Self.promptMilliseconds {
                    violations.append("prompt: \(event.deliveryID) reached \(vendor) late")
                }
            }
        }
    }

    /// What is in front of an open in its lane.
    private enum Front { case nothing, earlierAlarm, sameAlarm }

    private func front(of open: StoryEvent, at vendor: String, by time: Int) -> Front {
        var front = Front.nothing
        for event in evidence.events(of: open.key) where event.number != open.number {
            guard let begun = evidence.arrival(event), evidence.mayBeAccepted(event, before: open) else {
                continue
            }
            let attempts = evidence.attempts(for: event, at: vendor)
            // What was not tried for so long is no job at all, or waits behind something that was.
            if attempts.isEmpty, begun < time - 600_000 { continue }
            let isFinished = attempts.contains {
                ($0.status ?? 600 < 300 || $0.status == 400) && $0.end ?? .max < time
            }
            if isFinished, !decidesLater(vendor) { continue }
            if event.episode == open.episode { return .sameAlarm }
            front = .earlierAlarm
        }
        return front
    }

    /// How much later it may be for each request of its lane that had no answer, in milliseconds: that does
    /// not show whether the lane fails alone.
    private static let unansweredMilliseconds = 70_000
    /// How late it may be at the most, in milliseconds.
    private static let passingMillisecondsMax = 600_000 + 20_000

    private func passingMilliseconds(_ open: StoryEvent, at vendor: String, after time: Int) -> Int {
        let end = time + Self.passingMillisecondsMax
        let unanswered = (evidence.lanes["\(vendor)|\(open.key)"] ?? []).count {
            $0.status == nil && $0.start > time - 20_000 && $0.start < end
        }
        return min(
            Self.passingMilliseconds + unanswered * Self.unansweredMilliseconds, Self.passingMillisecondsMax)
    }

    /// An open that was never tried is not held up by what other lanes, other vendors or lesser work do.
    mutating func checkFreshOpens() {
        // A relay that has not the destination leaves an open to the next look of another one.
        guard !evidence.isShared else { return }
        for open in evidence.events where open.action == .open {
            guard let begun = evidence.arrival(open), let done = evidence.acceptance(open),
                !evidence.mayBeSuperseded(open), !evidence.mayBeRepeated(open), isMostSevere(open, done)
            else { continue }
            for vendor in evidence.routes(open).all.sorted() {
                let limit: Int
                let ahead = front(of: open, at: vendor, by: done)
                switch ahead {
                case .nothing: limit = done + Self.promptMilliseconds
                // There each update takes as long as the vendor takes to decide, and what has begun is ended.
                case .earlierAlarm
                where decidesLater(vendor) || (evidence.scenario.vendors.foldsNothing && vendor == "second"):
                    continue
                case .earlierAlarm: limit = done + passingMilliseconds(open, at: vendor, after: done)
                case .sameAlarm: continue
                }
                let first = evidence.attempts(for: open, at: vendor).first?.start ?? .max
                guard first > limit, !evidence.isHindered(vendor, begun...limit),
                    !isElsewhere(open, than: vendor, by: limit),
                    // Waiting is measured by the wall clock.
                    ahead == .nothing || !evidence.hasTrouble([.clock], begun...limit),
                    !evidence.mayBeOvertaken(open, at: vendor)
                else { continue }
                let wait = first == .max ? "never" : "after \((first - done) / 1_000) s"
                violations.append("fresh: \(open.deliveryID) was first tried at \(vendor) \(wait)")
            }
        }
    }

    /// Whether the second vendor has got it by then in place of the first.
    private func isElsewhere(_ open: StoryEvent, than vendor: String, by time: Int) -> Bool {
        guard vendor == "first", evidence.mayBeTakenOver(open.key) else { return false }
        return evidence.attempts(for: open, at: "second").first?.start ?? .max <= time
    }

    /// Whether no worse alarm came in the same minutes.
    private func isMostSevere(_ open: StoryEvent, _ done: Int) -> Bool {
        let rank = evidence.rankAtMost(open)
        return !evidence.events.contains {
            $0.action == .open && evidence.rankAtMost($0) > rank
                && evidence.acknowledgement($0).map { abs($0 - done) < 120_000 } ?? false
        }
    }

    // MARK: Failover

    /// How long an open waits for the first vendor before the second gets it, with some slack, in
    /// milliseconds.
    private static let failoverMilliseconds = 300_000 + 60_000

    /// What the first vendor does not take in five minutes goes to the second.
    mutating func checkFailover() {
        guard evidence.hasFailover, !evidence.isShared, !evidence.isLackedAtTimes("second") else { return }
        for open in evidence.events where open.action == .open {
            guard let begun = evidence.arrival(open), let done = evidence.acceptance(open),
                evidence.routes(open).all.contains("first"), !evidence.mayBeSuperseded(open),
                !evidence.mayBeRepeated(open), front(of: open, at: "second", by: done) == .nothing
            else { continue }
            let end = done + Self.failoverMilliseconds
            let tries = evidence.attempts(for: open, at: "first").filter { $0.start <= end }
            guard
                evidence.isAway("first", done...end)
                    || tries.contains(where: { $0.isFailure && $0.start < done + 60_000 }),
                !tries.contains(where: { ($0.status ?? 600) < 500 && $0.status != 401 }),
                evidence.attempts(for: open, at: "second").first?.start ?? .max > end,
                lives(open, until: end), !evidence.isRelayHindered(begun...end),
                // It is counted by the wall clock.
                !evidence.hasTrouble([.clock], begun...end),
                !evidence.isVendorHindered("second", end - 80_000...end),
                !evidence.brokenLanes.contains("second|\(open.key)"),
                // Another open of the same alarm has reached it.
                !evidence.opens(of: open).contains(where: { evidence.isOpened($0, at: "second") })
            else { continue }
            violations.append("failover: \(open.deliveryID) did not go to second in time")
        }
    }

    /// Whether neither the alarm's clear nor another alarm of its key came before `end`.
    private func lives(_ open: StoryEvent, until end: Int) -> Bool {
        !evidence.events(of: open.key).contains {
            $0.action == .resolve && $0.episode ?? 0 >= open.episode ?? 0
                && evidence.arrival($0) ?? .max <= end
                || $0.action == .open && $0.episode != open.episode && evidence.arrival($0) ?? .max <= end
                    && evidence.acknowledgement($0) ?? .max >= evidence.arrival(open) ?? 0
        }
    }
}
