/// What a ledger owes a receiver; the raw value is its stable name.
@nonexhaustive public enum LedgerRule: String, Sendable, Hashable, CaseIterable {
    /// A delivery is given to one, and is done once that one has committed it.
    case claimedOnce = "claimed-once"
    /// What is given up can be claimed at once, and by the present ticket alone.
    case released
    /// A claim holds for its lease and no longer.
    case leaseEnds = "lease-ends"
    /// A claim that is renewed holds.
    case renewed
    /// A commit counts, whatever has become of its lease.
    case lateCommit = "late-commit"
    /// What was handled is remembered for the retention.
    case remembered
    /// Of any number of claims at once exactly one is fresh.
    case races
}

/// Something that a ledger does otherwise than it should.
public struct LedgerViolation: Sendable, Hashable, CustomStringConvertible {
    /// What it breaks.
    public let rule: LedgerRule
    /// What it does, as one sentence.
    public let text: String

    init(_ rule: LedgerRule, _ text: String) {
        self.rule = rule
        self.text = text
    }

    /// The rule and the sentence.
    public var description: String { "\(rule.rawValue): \(text)" }
}
