/// Suspends requests to a vendor that does not answer, and admits a single trial after each pause.
///
/// It counts lanes, not requests: one incident that a vendor always fails on says nothing of the vendor.
package struct CircuitBreaker: Sendable {
    /// Different lanes that fail without a success between them, which open it.
    package static let lanesMax = 5
    /// The first pause, in milliseconds; it doubles with every failed trial.
    package static let firstPauseMilliseconds = 1_000
    /// The longest pause, in milliseconds: how late a vendor's recovery is noticed.
    package static let pauseMillisecondsMax = 30_000
    /// The longest pause before an open is tried that has not failed, in milliseconds: what has failed may
    /// have been at fault itself.
    package static let freshPauseMillisecondsMax = 5_000

    /// What may be sent.
    package enum Allowance: Sendable, Hashable {
        /// Everything.
        case all
        /// One trial.
        case trial
        /// One trial, if it is an open that has not failed.
        case freshOpen
        /// Nothing.
        case none
    }

    private var lanes: Set<String> = []
    private var pause = firstPauseMilliseconds
    private var failedAt: SteadyTime?
    private var closedUntil: SteadyTime?
    private var isTrialRunning = false

    /// A breaker that lets everything through.
    package init() {}

    /// Whether requests to the vendor are suspended.
    package var isOpen: Bool { closedUntil != nil }

    /// What may be sent at `now`.
    package func allowance(at now: SteadyTime) -> Allowance {
        guard let closedUntil else { return .all }
        if isTrialRunning { return .none }
        if now >= closedUntil { return .trial }
        return freshTrial.map { now >= $0 } ?? false ? .freshOpen : .none
    }

    /// When the next trial may start, or nil while everything is let through or a trial runs.
    package var nextTrial: SteadyTime? { isTrialRunning ? nil : closedUntil }

    /// When an open that has not failed may be tried; nil as for ``nextTrial``.
    package var freshTrial: SteadyTime? {
        guard let nextTrial, let failedAt else { return nil }
        return min(nextTrial, failedAt.adding(milliseconds: Self.freshPauseMillisecondsMax))
    }

    /// A request starts.
    package mutating func started() {
        if closedUntil != nil { isTrialRunning = true }
    }

    /// The vendor answered below 500: it is reachable, and the breaker closes.
    package mutating func answered() {
        self = CircuitBreaker()
    }

    /// The vendor did not answer, or answered 5xx, to a request of `lane`.
    package mutating func failed(lane: String, at now: SteadyTime) {
        failedAt = now
        if lanes.count < Self.lanesMax { lanes.insert(lane) }
        if isTrialRunning {
            pause = min(pause * 2, Self.pauseMillisecondsMax)
            isTrialRunning = false
            closedUntil = now.adding(milliseconds: pause)
        } else if lanes.count >= Self.lanesMax, closedUntil == nil {
            closedUntil = now.adding(milliseconds: pause)
        }
    }
}
