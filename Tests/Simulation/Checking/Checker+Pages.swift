internal import AdapterKit

/// Which requests of the relay may wake a person.
extension Checker {
    /// One page for each delivery at each vendor, and none for an alarm that was known to be over.
    mutating func checkPages() {
        var pages: [String: Int] = [:]
        for record in evidence.chronicle.vendorRecords where record.isPage && !evidence.isPagedAgain(record) {
            pages["\(record.delivery) at \(record.vendor)", default: 0] += 1
        }
        for (name, count) in pages.sorted(by: { $0.key < $1.key }) where count > 1 {
            violations.append("one-page: \(name) paged \(count) times")
        }
        for record in evidence.chronicle.vendorRecords where record.isPage {
            guard let open = evidence.event(of: record.delivery),
                let reference = open.reference, let episode = open.episode
            else { continue }
            let clear = evidence.events(of: open.key).first { clear in
                clear.action == .resolve && clear.episode ?? 0 >= episode
                    && clear.reference ?? .min >= reference && evidence.isAccepted(clear, before: open)
            }
            // It is not known which alarm a clear ended that has one time alone.
            if let clear, !evidence.isAmbiguous(clear) {
                violations.append(
                    "no-late-page: \(open.deliveryID) paged at \(record.vendor) after \(clear.deliveryID)")
            }
        }
    }

    /// An alarm that is reported again, no worse than before, pages nowhere where it has paged.
    mutating func checkAgain() {
        for record in evidence.chronicle.vendorRecords where record.isPage {
            guard let open = evidence.event(of: record.delivery), open.occasion != .reopened,
                evidence.hasOrder(open),
                // One without a time belongs to whatever is open, which may be milder.
                evidence.opens(of: open).allSatisfy({ ($0.reference == nil) == (open.reference == nil) })
            else { continue }
            let others = evidence.opens(of: open).filter { other in
                other.number != open.number && evidence.isAccepted(other, before: open)
                    && (open.severity == nil
                        || open.severity?.rank.map { $0 <= evidence.rankAtLeast(other) } ?? false)
            }
            let names = Set(evidence.opens(of: open).map(\.deliveryID))
            let hasPaged = (evidence.pages["\(record.vendor)|\(record.key)"] ?? []).contains {
                $0.time < record.time && $0.delivery != record.delivery && names.contains($0.delivery)
            }
            if hasPaged, let known = others.first {
                violations.append(
                    "again: \(open.deliveryID) paged at \(record.vendor), no worse than \(known.deliveryID)")
            }
        }
    }

    /// An alarm that became worse pages at every vendor that the routes name for it.
    mutating func checkRises() {
        for open in evidence.events where evidence.isRise(open) {
            for vendor in evidence.routes(open).all.sorted() {
                requirePage(of: open, at: vendor, "worse")
            }
        }
    }

    /// An alarm that goes on after it was acknowledged pages again where it is open, once for each
    /// acknowledgement.
    mutating func checkReopenings() {
        // Without a time nothing says that it was reported after the acknowledgement.
        for open in evidence.events where open.occasion == .reopened && open.reference != nil {
            let events = evidence.events(of: open.key).filter { $0.episode == open.episode }
            guard
                let ack = events.first(where: {
                    $0.action == .acknowledge && $0.path == open.path && evidence.isAccepted($0, before: open)
                }), evidence.acknowledgement(open) != nil
            else { continue }
            let others = events.filter {
                $0.number != open.number && $0.occasion == .reopened
                    && evidence.mayBeAccepted($0, before: open)
            }
            for vendor in evidence.routes(open).all.sorted() {
                let isKnown = events.contains {
                    $0.occasion != .reopened && evidence.isAccepted($0, before: ack)
                        && evidence.isOpened($0, at: vendor)
                }
                // A rise that paged after the acknowledgement has begun it again.
                let pages = evidence.pages["\(vendor)|\(open.key)"] ?? []
                let isBegunAgain = events.contains { other in
                    other.action == .open && evidence.isAccepted(ack, before: other)
                        && evidence.isAccepted(other, before: open)
                        && pages.contains { $0.delivery == other.deliveryID }
                }
                if others.isEmpty, isKnown, !isBegunAgain { requirePage(of: open, at: vendor, "reopened") }
                guard let first = others.first(where: { evidence.isAccepted(ack, before: $0) }),
                    evidence.isAccepted(first, before: open), !evidence.isRise(open)
                else { continue }
                let isEndedBetween = events.contains {
                    $0.action == .resolve && evidence.mayBeAccepted(first, before: $0)
                        && evidence.mayBeAccepted($0, before: open)
                }
                if !isEndedBetween, let again = pages.first(where: { $0.delivery == open.deliveryID }),
                    pages.contains(where: { $0.delivery == first.deliveryID && $0.time < again.time })
                {
                    violations.append(
                        "reopened-once: \(open.deliveryID) paged at \(vendor) after \(first.deliveryID)")
                }
            }
        }
    }

    /// Whether the alarm was over before the vendor could be sent that it had become worse.
    private func isOverWhenSent(_ open: StoryEvent, at vendor: String) -> Bool {
        guard let sent = evidence.effect(open, at: vendor) else { return false }
        return evidence.events(of: open.key).contains {
            $0.action == .resolve && $0.episode == open.episode
                && evidence.acknowledgement($0) ?? .max <= sent
        }
    }

    /// Requires that an open of a known alarm pages, unless something justifies that it does not.
    private mutating func requirePage(of open: StoryEvent, at vendor: String, _ name: String) {
        guard evidence.acknowledgement(open) != nil, evidence.hasOrder(open),
            !evidence.mayBeSuperseded(open), !evidence.mayBeTakenOver(open.key),
            evidence.allLetters(of: open.key, at: vendor).isEmpty, !isOverWhenSent(open, at: vendor),
            // A vendor that takes no resolve of a sensor folds whatever is opened after.
            !evidence.brokenLanes.contains("\(vendor)|\(open.key)")
        else { return }
        let pages = evidence.pages["\(vendor)|\(open.key)"] ?? []
        guard !pages.contains(where: { $0.delivery == open.deliveryID }),
            !evidence.mayBeOvertaken(open, at: vendor)
        else { return }
        violations.append("\(name): \(open.deliveryID) did not page at \(vendor)")
    }
}
