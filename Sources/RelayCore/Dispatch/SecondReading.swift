internal import OpenSenseWebhooks

/// Processes again what people have asked for: quarantined requests, with the present secrets, and deliveries
/// that were not understood, with the present version.
///
/// A request is accepted as if it came now, but judged by the time at which it was received. One is at work
/// at a time; it is settled only when its acceptance is on disk, so that should the process end in between,
/// the repetition is a duplicate.
struct SecondReading: Sendable {
    /// How much of each kind is taken up at once: bodies of up to 1 MiB are read where acceptances wait.
    static let atOnceMax = 8

    /// What is to be done.
    struct Outputs: Sendable {
        var operation: JournalOperation?
        var events: [RelayEvent] = []
        var due: [String] = []
    }

    /// What follows once the operation that runs has succeeded.
    private enum Pending: Sendable {
        case taking
        case accepting(PeopleRequests.Item, deliveryID: String)
        case settling(RelayEvent?)
    }

    private let pollMilliseconds: Int
    private var waiting: [PeopleRequests.Item] = []
    private var isMoreExpected = false
    private var pending: Pending?
    /// When people's requests are asked for next.
    private var pollAt: SteadyTime

    init(pollMilliseconds: Int, now: SteadyTime) {
        self.pollMilliseconds = pollMilliseconds
        pollAt = now
    }

    /// Whether nothing more is begun.
    var isStopped = false

    /// Whether no operation runs.
    var isIdle: Bool { pending == nil }

    /// When ``tick(at:)`` is due; nil while an operation runs.
    var nextTick: SteadyTime? { isIdle && !isStopped ? pollAt : nil }

    /// Time has passed.
    mutating func tick(at now: SteadyTime) -> Outputs {
        guard let due = nextTick, now >= due else { return Outputs() }
        pending = .taking
        return Outputs(operation: .takeRequests(limit: Self.atOnceMax))
    }

    /// The operation that ran has come to this.
    mutating func completed(
        _ result: Result<JournalResult, StoreError>, by intake: Intake, at now: ClockReading
    ) -> Outputs {
        guard let done = pending else { return Outputs() }
        pending = nil
        pollAt = now.steady.adding(milliseconds: pollMilliseconds)
        guard case .success(let result) = result else {
            (waiting, isMoreExpected) = ([], false)  // what is not settled is asked for again
            return Outputs()
        }
        var outputs = Outputs()
        switch done {
        case .taking:
            let asked = result.peopleRequests
            waiting = Array(asked.items.reversed())  // taken from the end
            isMoreExpected = max(asked.captures.count, asked.deliveries.count) >= Self.atOnceMax
        case .accepting(let item, let id):
            let (settlement, event) = Self.settlement(of: item, id, result.acceptance)
            pending = .settling(event)
            outputs.operation = .settle(settlement)
            if case .accepted(_, _, _, let due) = result.acceptance { outputs.due = due }
            return outputs
        case .settling(let event): if let event { outputs.events = [event] }
        }
        guard !isStopped, let item = waiting.popLast() else {
            if isMoreExpected { pollAt = now.steady }
            return outputs
        }
        begin(item, by: intake, at: now.wall, &outputs)
        return outputs
    }

    private mutating func begin(
        _ item: PeopleRequests.Item, by intake: Intake, at now: WallTime, _ outputs: inout Outputs
    ) {
        switch intake.reconsider(item, at: now) {
        case .accept(let acceptance):
            pending = .accepting(item, deliveryID: acceptance.deliveryID)
            outputs.operation = .accept(acceptance)
            if !acceptance.oddities.isEmpty {
                outputs.events.append(
                    .deliveryOdd(delivery: acceptance.deliveryID, oddities: acceptance.oddities))
            }
        case .settle(let settlement, let event):
            pending = .settling(event)
            outputs.operation = .settle(settlement)
        }
    }

    private static func settlement(
        of item: PeopleRequests.Item, _ id: String, _ outcome: AcceptanceOutcome
    ) -> (Settlement, RelayEvent) {
        let word =
            switch outcome {
            case .accepted(_, let verdict, _, _): verdict.rawValue
            case .duplicate: "duplicate"
            }
        switch item {
        case .capture(let capture):
            return (
                .captureAccepted(number: capture.number),
                .quarantineAccepted(id: capture.number, delivery: id, outcome: word)
            )
        case .unread(let unread):
            return (
                .deliveryRead(sequence: unread.sequence),
                .deliveryRead(delivery: id, outcome: word)
            )
        }
    }
}
