internal import OpenSenseWebhooks

/// Forgets what is old, some at a time, and counts for how long the relay has run; then looks for lanes that
/// stand still.
struct Pruning: Sendable {
    /// The most that counts as running between two looks, in milliseconds: a machine that slept for longer
    /// has not run.
    private static let runningGapMax = 600_000

    private let rhythm: BackgroundRhythm
    private var pruneAt: SteadyTime
    private var countedAt: SteadyTime
    private var isRunning = false
    /// Whether nothing more is begun.
    var isStopped = false

    init(_ rhythm: BackgroundRhythm, now: SteadyTime) {
        self.rhythm = rhythm
        (pruneAt, countedAt) = (now, now)
    }

    /// Whether no operation runs.
    var isIdle: Bool { !isRunning }

    /// When ``tick(at:)`` is due; nil while an operation runs.
    var nextTick: SteadyTime? { isRunning || isStopped ? nil : pruneAt }

    /// Time has passed.
    mutating func tick(at now: ClockReading) -> JournalOperation? {
        guard let due = nextTick, now.steady >= due else { return nil }
        return begin(at: now)
    }

    /// What follows from an operation that has run.
    struct Outputs {
        var more: JournalOperation?
        var events: [RelayEvent] = []
        /// The destinations that have work that is due.
        var due: [String] = []
    }

    /// The operation that ran has come to this; what is left is pruned at once.
    mutating func completed(
        _ operation: JournalOperation, _ result: Result<JournalResult, StoreError>, at now: ClockReading
    ) -> Outputs {
        isRunning = false
        pruneAt = now.steady.adding(milliseconds: rhythm.pruneMilliseconds)
        guard case .success(let done) = result else { return Outputs() }
        if case .mend = operation {
            let lanes = done.mendedLanes.sorted { $0.key < $1.key }
            return Outputs(
                events: lanes.map { .lanesMended(destination: $0.key, count: $0.value) },
                due: lanes.map(\.key))
        }
        var outputs = Outputs(events: [.storePruned(deliveries: done.prunedCount)])
        guard !isStopped else { return outputs }
        if done.prunedCount > 0 {
            outputs.more = begin(at: now)
        } else {
            isRunning = true
            outputs.more = .mend(now: now.wall)
        }
        return outputs
    }

    private mutating func begin(at now: ClockReading) -> JournalOperation {
        isRunning = true
        let running = min(now.steady.milliseconds(since: countedAt), Self.runningGapMax)
        countedAt = now.steady
        return .prune(rhythm.retention, now: now.wall, running: running)
    }
}
