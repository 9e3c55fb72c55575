/// Counts the requests of each second whose path is no source's and that are looked at nevertheless.
package struct StrayBudget: Sendable {
    /// The most requests that are looked at in a second.
    package static let perSecondMax = 10

    private var begun: SteadyTime?
    private var count = 0

    /// Nothing was spent.
    package init() {}

    /// Whether one more may be looked at.
    package mutating func take(at now: SteadyTime) -> Bool {
        if begun.map({ now.milliseconds(since: $0) >= 1_000 }) ?? true { (begun, count) = (now, 0) }
        count += 1
        return count <= Self.perSecondMax
    }
}
