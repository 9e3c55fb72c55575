/// Suspends requests to a vendor that does not answer, and admits a single trial after each pause.
package struct CircuitBreaker: Sendable {
    /// Failures in a row that open it.
    package static let failuresMax = 5
    /// The first pause, in milliseconds; it doubles with every failed trial.
    package static let firstPauseMilliseconds = 1_000
    /// The longest pause, in milliseconds: how late a vendor's recovery is noticed.
    package static let pauseMillisecondsMax = 30_000

    private var failures = 0
    private var pause = firstPauseMilliseconds
    private var closedUntil: SteadyTime?
    private var isTrialRunning = false

    /// A breaker that lets everything through.
    package init() {}

    /// Whether requests to the vendor are suspended.
    package var isOpen: Bool { closedUntil != nil }

    /// How many requests may start at `now`: all, one trial, or none.
    package func allowance(at now: SteadyTime) -> Int {
        guard let closedUntil else { return .max }
        return now >= closedUntil && !isTrialRunning ? 1 : 0
    }

    /// When the next trial may start, or nil while everything is let through or a trial runs.
    package var nextTrial: SteadyTime? { isTrialRunning ? nil : closedUntil }

    /// A request starts.
    package mutating func started() {
        if closedUntil != nil { isTrialRunning = true }
    }

    /// The vendor answered below 500: it is reachable, and the breaker closes.
    package mutating func answered() {
        self = CircuitBreaker()
    }

    /// The vendor did not answer, or answered 5xx.
    package mutating func failed(at now: SteadyTime) {
        failures += 1
        if isTrialRunning {
            pause = min(pause * 2, Self.pauseMillisecondsMax)
            isTrialRunning = false
            closedUntil = now.adding(milliseconds: pause)
        } else if failures >= Self.failuresMax, closedUntil == nil {
            closedUntil = now.adding(milliseconds: pause)
        }
    }
}
