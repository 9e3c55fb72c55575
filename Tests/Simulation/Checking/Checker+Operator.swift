internal import AdapterKit

/// What is promised where a person looks after the relay, and where vendors and disk are kind.
extension Checker {
    /// How late the first request for an alarm may be, in milliseconds.
    private static let promptMilliseconds = 10_000
    /// How far a signed time may lie from the relay's clock; less a second, as it is signed in whole ones.
    private static let toleranceMilliseconds = 299_000

    /// What a person has had tried again is done; what a stranger signed is not.
    mutating func checkOperator() {
        for record in evidence.chronicle.vendorRecords where record.delivery.hasPrefix("forged") {
            violations.append("forged: \(record.delivery) reached \(record.vendor)")
        }
        for event in evidence.kept where !mayBeStale(event) {
            violations.append("quarantine: wh_\(event) is in it still, although the secret is right")
        }
        for letter in evidence.deadLetters where evidence.chronicle.retriedJobs.contains(letter.job) {
            violations.append("retried: job \(letter.job) of \(letter.delivery) is a dead letter again")
        }
        if evidence.scenario.isKind, evidence.chronicle.leftLeased > 0 {
            violations.append("released: \(evidence.chronicle.leftLeased) jobs are leased after a stop")
        }
    }

    /// Whether a request may have been too old, or from the future, by the relay's clock when it came.
    private func mayBeStale(_ event: Int) -> Bool {
        (evidence.chronicle.arrivals[event] ?? []).contains {
            $0.configuration.hasWrongSecret && abs($0.age) >= Self.toleranceMilliseconds
        }
    }

    /// Whether what comes first in a lane may wait there for its outcome.
    private func decidesLater(_ vendor: String) -> Bool {
        evidence.scenario.vendors.decidesLater && vendor == "second"
    }

    /// Where nothing is in the way, an alarm is sent at once.
    mutating func checkPromptness() {
        guard evidence.scenario.isKind else { return }
        for event in evidence.events where event.action == .open {
            guard let begun = evidence.arrival(event), let done = evidence.acknowledgement(event),
                evidence.fates[event.number] == .done,
                !mayBeSuperseded(event, by: evidence.events(of: event.key)),
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
}
