internal import AdapterKit

/// Section 5 of the design, as a person reads it.
extension Evidence {
    /// Whether every event of the key was accepted in the order in which it happened.
    func isInOrder(_ key: String) -> Bool {
        let events = events(of: key).filter { $0.episode != nil }
        return zip(events, events.dropFirst()).allSatisfy { isAccepted($0, before: $1) }
    }

    /// Whether the times of the event's key, or the order of acceptance, say what came after what.
    func hasOrder(_ event: StoryEvent) -> Bool {
        !untimedKeys.contains(event.key) || isInOrder(event.key)
    }

    /// Whether something that was accepted first makes the event late.
    func mayBeSuperseded(_ event: StoryEvent) -> Bool {
        guard let reference = event.referenceAtLeast else { return false }
        let events = events(of: event.key)
        let earlier = events.filter { $0.number != event.number && mayBeAccepted($0, before: event) }
        let isCleared = earlier.contains { clear in
            guard clear.action == .resolve else { return false }
            if let cleared = clear.reference {
                let isOfSecond = cleared % 1_000 == 0 && cleared / 1_000 == reference / 1_000
                return cleared >= reference || isOfSecond && clear.episode == event.episode
            }
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
                $0.action == .open && $0.episode == event.episode && !isAccepted($0, before: event)
            }
            // One of before the alarm began again says nothing of how it is now.
            let isReopened = earlier.contains {
                $0.action == .open && $0.episode == event.episode && $0.reference ?? .min > reference
            }
            return isCleared || isNewerOpen || comesFirst || isReopened
        default: return false
        }
    }

    /// Whether a clear has one time alone while an earlier alarm was open: it may be its own time, or that of
    /// the alarm it ends.
    func isAmbiguous(_ clear: StoryEvent) -> Bool {
        guard clear.action == .resolve, let reference = clear.reference, clear.openedAt == reference else {
            return false
        }
        return events(of: clear.key).contains {
            $0.action == .open && $0.episode ?? 0 < clear.episode ?? 0 && mayBeAccepted($0, before: clear)
        }
    }

    /// Whether an alarm may seem to begin again after its clear, whose time is ahead of the sender's clock
    /// and is cut.
    func mayBeginAgain(_ alarm: [StoryEvent]) -> Bool {
        alarm.contains { clear in
            guard clear.action == .resolve, let cut = clear.referenceAtLeast else { return false }
            return alarm.contains { $0.occasion == .reopened && $0.reference ?? cut > cut }
        }
    }

    /// Whether something that was accepted first says the same, or seems to.
    func mayBeRepeated(_ event: StoryEvent) -> Bool {
        // An open without a time belongs to the alarm that is open, which is another one when the clear of
        // that is late.
        let mayBelongToAny = event.openedAt == nil && !isInOrder(event.key)
        return events(of: event.key).contains { other in
            let isSameAlarm =
                event.action == .open && other.action == .open
                && (other.episode == event.episode || mayBelongToAny)
            let isSameEvent = other.eventID == event.eventID && other.kind == event.kind
            return other.number != event.number && (isSameAlarm || isSameEvent)
                && mayBeAccepted(other, before: event)
        }
    }

    // MARK: Severities

    /// The lowest rank that the relay can have given it.
    func rankAtLeast(_ event: StoryEvent) -> Int { event.severity?.rank ?? -1 }

    /// The highest rank that the relay can have given it: without one that it knows, an alarm's.
    func rankAtMost(_ event: StoryEvent) -> Int {
        event.severity?.rank ?? Severity.ranked.firstIndex(of: .alarm) ?? 0
    }

    /// Whether the open of a known alarm says for certain that it is worse than it ever was.
    func isRise(_ event: StoryEvent) -> Bool {
        let others = opens(of: event).filter { $0.number != event.number }
        guard event.action == .open, let rank = event.severity?.rank,
            others.contains(where: { isAccepted($0, before: event) })
        else { return false }
        return others.allSatisfy { !mayBeAccepted($0, before: event) || rankAtMost($0) < rank }
    }

    // MARK: What may be left out

    /// Whether another vendor may have had to stand in for the first one at some alarm of the key.
    func mayBeTakenOver(_ key: String) -> Bool {
        guard hasFailover else { return false }
        return events(of: key).contains { open in
            guard open.action == .open, let begun = arrival(open), routes(open).any.contains("first") else {
                return false
            }
            let attempts = attempts(for: open, at: "first")
            return attempts.contains { $0.status == 401 } || isBehindOldFailure(open)
                || !attempts.contains {
                    $0.status ?? 600 < 300 && $0.end ?? .max < begun + Self.patienceMilliseconds
                }
        }
    }

    /// Whether its lane has failed for so long when an open comes that the failover gets it at once.
    private func isBehindOldFailure(_ open: StoryEvent) -> Bool {
        guard let begun = arrival(open) else { return false }
        let successes = attempts(for: open, at: "first").filter { $0.status ?? 600 < 300 }
        let taken = successes.compactMap(\.end).min() ?? .max
        return events(of: open.key).contains { earlier in
            guard let accepted = arrival(earlier), accepted + Self.patienceMilliseconds < taken else {
                return false
            }
            return attempts(for: earlier, at: "first").contains {
                $0.status ?? 600 >= 300 && $0.end ?? .max >= begun
            }
        }
    }

    /// How long an open is certainly not given to another vendor unless credentials are refused, in
    /// milliseconds.
    private static let patienceMilliseconds = 240_000

    /// Whether a later open of its lane may have made the event pointless before the vendor had it: it was
    /// not sent yet, or had failed and was passed.
    func mayBeOvertaken(_ event: StoryEvent, at vendor: String) -> Bool {
        guard let accepted = acknowledgement(event) else { return false }
        let own = attempts(for: event, at: vendor)
        // A remark or an acknowledgement that has failed three times does not hold up the end of its alarm.
        let isRemark = event.action == .acknowledge || event.action == .annotate
        if isRemark, own.count(where: { $0.status ?? 600 >= 300 }) >= 2,
            events(of: event.key).contains(where: {
                $0.action == .resolve && mayBeAccepted(event, before: $0) && effect($0, at: vendor) != nil
            })
        {
            return true
        }
        return events(of: event.key).contains { open in
            guard open.action == .open, open.number != event.number, mayBeAccepted(event, before: open),
                let opened = acknowledgement(open),
                effect(open, at: vendor) != nil || vendor == "first" && mayBeTakenOver(event.key)
                    || allLetters(of: event.key, at: vendor).contains(where: {
                        $0.delivery == open.deliveryID
                    })
            else { return false }
            let isLater = open.episode ?? 0 > event.episode ?? 0
            // An open may also be passed by one of the same alarm that pages again, and one without a time is
            // taken for a new alarm.
            let pagesAgain =
                isLater || rankAtMost(open) > rankAtLeast(event) || open.occasion != .first
                || open.reference == nil || event.reference == nil
            guard pagesAgain, !own.isEmpty else { return pagesAgain }
            let isAtOnce = opened < accepted + Self.sendingMilliseconds
            let time = accepted...max(effect(open, at: vendor) ?? opened, accepted)
            return isAtOnce || scenario.vendors.hasRateLimit || isHindered(vendor, time)
                || hasFailed(event.key, at: vendor, time)
        }
    }

    /// Whether an open is sent for the second time on purpose: a resolve in front of it always failed and was
    /// passed, so that it may have been folded into the incident of before.
    func isPagedAgain(_ record: Chronicle.VendorRecord) -> Bool {
        guard [.open, .resolve].contains(record.action) else { return false }
        let lane = (lanes["\(record.vendor)|\(record.key)"] ?? []).filter { $0.start < record.time }
        let own = lane.filter { $0.delivery == record.delivery }
        guard let first = own.first(where: { $0.action == .open }),
            record.action == .resolve
                || own.contains(where: { $0.action == .resolve && $0.start > first.start })
        else { return false }
        return lane.contains {
            $0.action == .resolve && $0.status ?? 600 >= 300 && $0.start < first.start
        }
    }

    /// How long the vendor may take for what is in front of an event, in milliseconds.
    private static let sendingMilliseconds = 15_000

    /// Whether some request of the lane failed in the time, or not long before.
    private func hasFailed(_ key: String, at vendor: String, _ time: ClosedRange<Int>) -> Bool {
        (lanes["\(vendor)|\(key)"] ?? []).contains {
            $0.isFailure && $0.start >= time.lowerBound - 600_000 && $0.start <= time.upperBound
        }
    }

    /// Whether an alarm of `key` up to `episode` had been tried at the vendor by then and had failed.
    func isFailing(_ key: String, upTo episode: Int, at vendor: String, by time: Int) -> Bool {
        events(of: key).contains { event in
            event.episode ?? .max <= episode
                && attempts(for: event, at: vendor).contains { $0.isFailure && $0.start < time }
        }
    }
}

extension Chronicle.Attempt {
    /// Whether it shows that something is wrong with the vendor or with the lane.
    var isFailure: Bool { status.map { $0 >= 500 } ?? true }
}
