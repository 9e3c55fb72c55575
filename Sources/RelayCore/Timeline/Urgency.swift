package import AdapterKit

/// How soon a job is to be done: by the class of its lane, then by severity.
///
/// A lane is as urgent as the most urgent job in it, so a job ahead of a more urgent one has the urgency of
/// that. Its number is kept in the store; the lower, the sooner.
package struct Urgency: RawRepresentable, Sendable, Hashable, Comparable {
    /// 0 to 34; even for an open that has not failed yet, and the next odd number once it has.
    package let rawValue: Int

    /// The urgency of that number.
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Acknowledgements, resolves, updates, refreshes.
    package static let follow = Urgency(rawValue: 2 * SeverityOrder.wordsMax)
    /// Opens of alarms that are over.
    package static let late = Urgency(rawValue: 2 * SeverityOrder.wordsMax + 1)
    /// Remarks.
    package static let remark = Urgency(rawValue: 2 * SeverityOrder.wordsMax + 2)

    /// The urgency of an action for an alarm that is not over.
    ///
    /// - Parameters:
    ///   - rank: How bad the alarm is.
    ///   - worst: The rank of the worst.
    package init(_ action: IncidentUpdate.Action, rank: Int, worst: Int) {
        switch action {
        case .open: self.init(rawValue: 2 * min(max(worst - rank, 0), SeverityOrder.wordsMax - 1))
        case .acknowledge, .resolve, .update, .refresh: self = .follow
        case .annotate: self = .remark
        }
    }

    /// Whether it is that of an open of an alarm that is not over.
    package var isOfOpen: Bool { self < .follow }

    /// Whether it is that of an open that has not failed.
    package var isOfFreshOpen: Bool { isOfOpen && rawValue.isMultiple(of: 2) }

    /// The same once an attempt has failed.
    package var tried: Urgency { isOfFreshOpen ? Urgency(rawValue: rawValue + 1) : self }

    /// The same before any attempt has failed, as at another destination.
    package var untried: Urgency { isOfOpen && !isOfFreshOpen ? Urgency(rawValue: rawValue - 1) : self }

    /// The sooner first.
    package static func < (left: Urgency, right: Urgency) -> Bool { left.rawValue < right.rawValue }
}
