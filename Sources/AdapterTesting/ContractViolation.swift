/// One rule that an adapter breaks, and where.
public struct ContractViolation: Sendable, Hashable, CustomStringConvertible {
    /// The rule.
    public let rule: ContractRule
    /// One sentence that says what was given and what came of it; never a secret.
    public let description: String

    init(_ rule: ContractRule, _ description: String) {
        self.rule = rule
        self.description = description
    }
}

/// What every adapter owes the relay.
@nonexhaustive public enum ContractRule: String, Sendable, Hashable, CaseIterable {
    /// It can be made from its settings, and says which one is missing.
    case settings
    /// Every update has a translation, whichever fields the event has or lacks.
    case everyUpdate
    /// Its requests can be sent: an absolute URL, proper header fields, and JSON where JSON is announced.
    case wellFormedRequests
    /// No text is longer than the vendor takes, none is torn, and none is cut without need.
    case textLimits
    /// Every status is classified as success, refusal or a later attempt.
    case statuses
    /// What a vendor asks for in `Retry-After` is honoured in full.
    case retryAfter
    /// The reason of a refusal is a short line in words.
    case reasons
    /// The same update always gives the same bytes.
    case sameBytes
    /// An incident has one name from opening to resolving, and no other incident has it.
    case stableKey
    /// No secret is shown by a description, a dump, an error, a reason or a masked request.
    case secrets
}
