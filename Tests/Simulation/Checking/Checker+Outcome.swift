internal import AdapterKit

/// In which order vendors get what was accepted, and what is open in the end.
extension Checker {
    /// What was accepted first reaches a vendor first, unless it fails and a later alarm passes it.
    mutating func checkOrder(_ key: String, _ vendor: String) {
        let events = evidence.events(of: key)
        for first in events {
            guard let before = evidence.effect(first, at: vendor) else { continue }
            for second in events where evidence.isAccepted(first, before: second) {
                guard let after = evidence.effect(second, at: vendor), after < before,
                    !mayPass(second, first, at: vendor, by: after)
                else { continue }
                violations.append(
                    "in-order: \(second.deliveryID) reached \(vendor) before \(first.deliveryID)")
            }
        }
    }

    private func mayPass(_ second: StoryEvent, _ first: StoryEvent, at vendor: String, by time: Int) -> Bool {
        guard let passed = first.episode, let passing = second.episode, passing > passed else { return false }
        return evidence.isFailing(first.key, upTo: passed, at: vendor, by: time)
    }

    /// No incident stays open for an alarm that is over, and none is closed for one that is not.
    mutating func checkOutcome(_ key: String, _ vendor: String) {
        let events = evidence.events(of: key).filter { $0.episode != nil }
        guard let newest = events.compactMap(\.episode).max(),
            evidence.deadLetters(of: key, at: vendor).isEmpty, events.allSatisfy(evidence.isTaken),
            !evidence.untimedKeys.contains(key) || evidence.isInOrder(key)
        else { return }
        let incident = evidence.incident(vendor, key)
        let ofNewest = events.filter { $0.episode == newest }
        guard let open = ofNewest.first(where: { $0.action == .open }),
            !ofNewest.contains(where: { $0.action == .resolve })
        else {
            // Of a clear that has one time alone it is not known which alarm it ended.
            let isUnclear =
                ofNewest.contains(where: evidence.isAmbiguous) || evidence.mayBeginAgain(ofNewest)
            if incident.isOpen, !isUnclear, !isLeftBehind(key, vendor) {
                violations.append("closes: \(key) is over and still open at \(vendor)")
            }
            return
        }
        checkLiving(open, incident, vendor)
    }

    /// Whether something always failed and was passed by an open that another key identifies: what the
    /// earlier key has opened stays open then, and a trouble of the relay says so.
    private func isLeftBehind(_ key: String, _ vendor: String) -> Bool {
        Set(evidence.chronicle.configurations.map(\.key)).count > 1
            && (evidence.lanes["\(vendor)|\(key)"] ?? []).contains(where: \.isFailure)
    }

    /// The incident of an alarm that is not over.
    private mutating func checkLiving(
        _ open: StoryEvent, _ incident: SimulatedVendors.Incident, _ vendor: String
    ) {
        let key = open.key
        let opens = evidence.opens(of: open)
        // One that names another opening may be taken for a new alarm, which goes where its route says.
        let isFirst = opens.allSatisfy {
            $0.number == open.number
                || evidence.isAccepted(open, before: $0) && $0.openedAt == open.openedAt
        }
        let certain = (isFirst ? [open] : opens).allSatisfy { evidence.routes($0).all.contains(vendor) }
        let isElsewhere =
            vendor == "first" && evidence.mayBeTakenOver(key) && evidence.incident("second", key).isOpen
        // Where alarms overlap, the clear of one can come before the open of the next and name a later time.
        let isLate = evidence.overlappingKeys.contains(key) && evidence.mayBeSuperseded(open)
        if certain, !incident.isOpen, !isElsewhere, !isLate {
            violations.append("stays-open: \(key) is in alarm and not open at \(vendor)")
        }
        if !opens.contains(where: { evidence.routes($0).any.contains(vendor) }), incident.isOpen,
            !isHandedOver(key, to: vendor)
        {
            violations.append("closes: \(key) is open at \(vendor), where it was never sent")
        }
        guard let last = evidence.events(of: key).last, last.action == .acknowledge,
            last.openedAt == open.openedAt, certain, incident.isOpen, !incident.isAcknowledged,
            // What stands in for the first vendor has the acknowledgement.
            vendor != "first" || !evidence.mayBeTakenOver(key),
            opens.count == 1 || opens.allSatisfy({ evidence.isAccepted($0, before: last) })
        else { return }
        violations.append("acknowledged: \(key) is not acknowledged at \(vendor)")
    }
}
