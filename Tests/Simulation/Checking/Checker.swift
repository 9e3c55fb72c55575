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
        checkAgain()
        checkRises()
        checkReopenings()
        checkOperator()
        checkDeadLetters()
        checkPromptness()
        checkFreshOpens()
        checkFailover()
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

    /// Once a life of the relay has heard that a vendor has an update, it does not send it again, unless the
    /// store failed for so long that the lease ran out.
    private mutating func checkRepetitions() {
        var answered: [String: Int] = [:]
        for record in evidence.chronicle.vendorRecords where record.isEffective && record.status < 300 {
            if isHandedOver(record.key, to: record.vendor) || evidence.isPagedAgain(record) { continue }
            let name =
                "\(record.action.rawValue) of \(record.delivery) to \(record.vendor) by \(record.process)"
            if let heard = answered[name], heard < record.time, record.time < heard + Self.leaseMilliseconds {
                violations.append("sent-once: \(name) was sent again after it was heard to have arrived")
            }
            if let heard = record.answerReceivedAt { answered[name] = min(heard, answered[name] ?? .max) }
        }
    }

    /// Whether the vendor may have got something that another one refused, or did not take in time.
    func isHandedOver(_ key: String, to vendor: String) -> Bool {
        evidence.hasFailover && vendor == "second"
            && (!evidence.allLetters(of: key, at: "first").isEmpty || evidence.mayBeTakenOver(key))
    }
}
