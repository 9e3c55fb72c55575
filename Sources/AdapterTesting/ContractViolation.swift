public import AdapterKit

/// One fault of an adapter, and where it shows.
public struct ContractViolation: Sendable, Hashable, CustomStringConvertible {
    /// The rule that is broken.
    public let rule: ContractRule
    /// What was given and what came of it, where the fault shows first; never a secret.
    public let description: String
    /// What the places have in common where the same fault shows.
    let fault: String

    /// A fault that `description` shows; nil for one that shows in a single place.
    init(_ rule: ContractRule, _ description: String, fault: String? = nil) {
        self.rule = rule
        self.description = description
        self.fault = fault ?? description
    }

    /// Each fault once, in the order in which it showed first, with the number of the other places.
    static func merged(_ all: [ContractViolation]) -> [ContractViolation] {
        struct Fault: Hashable {
            let rule: ContractRule
            let text: String
        }
        var order: [ContractViolation] = []
        var places: [Fault: Set<String>] = [:]
        for violation in all {
            let fault = Fault(rule: violation.rule, text: violation.fault)
            if places[fault] == nil { order.append(violation) }
            places[fault, default: []].insert(violation.description)
        }
        return order.map { first in
            let more = (places[Fault(rule: first.rule, text: first.fault)]?.count ?? 1) - 1
            let description = more == 0 ? first.description : "\(first.description) (and \(more) more)"
            return ContractViolation(first.rule, description, fault: first.fault)
        }
    }
}

/// What every adapter owes the relay.
@nonexhaustive public enum ContractRule: String, Sendable, Hashable, CaseIterable {
    /// It can be made from its settings, says which one is missing, and what its secrets do.
    case settings
    /// Its traits agree with one another, and it opens incidents.
    case traits
    /// Every update has a translation, whichever fields the event has or lacks.
    case everyUpdate
    /// Its requests can be sent: an absolute URL, proper header fields, and JSON where JSON is announced.
    case wellFormedRequests
    /// No text is longer than the vendor takes, none is torn, and none is cut without need.
    case textLimits
    /// Every status is classified as success, refusal or a later attempt.
    case statuses
    /// Refused credentials and refused content are distinguished.
    case credentials
    /// A success whose body says no is none.
    case hiddenRefusals
    /// What a vendor asks for in `Retry-After` is honoured in full.
    case retryAfter
    /// The reason of a refusal is a short line in words.
    case reasons
    /// The same update always gives the same bytes.
    case sameBytes
    /// An incident has one name from opening to resolving, and no other incident has it.
    case stableKey
    /// Progress and state are short enough to be kept.
    case keptTexts
    /// After a crash between any two steps an alarm neither pages twice nor is lost.
    case crashes
    /// No secret is shown by a description, a dump, an error, a reason or a masked request.
    case secrets
}

/// A 2xx by which a vendor says no.
public struct HiddenRefusal: Sendable, Hashable {
    /// The requests that it answers.
    public let purpose: OutboundRequest.Purpose
    /// The answer.
    public let answer: VendorResponse

    /// An answer with `status` and `body` to requests of `purpose`.
    public init(_ purpose: OutboundRequest.Purpose = .deliver, status: Int = 200, body: String) {
        self.purpose = purpose
        answer = VendorResponse(status: status, body: Array(body.utf8))
    }
}
