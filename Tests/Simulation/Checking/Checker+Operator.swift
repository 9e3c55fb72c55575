/// What is promised where a person looks after the relay.
extension Checker {
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
}
