/// An event of a receiver, with the source that it concerns and the time it took.
public struct ReceiverReport: Sendable {
    /// What happened.
    public let event: ReceiverEvent
    /// The name that the receiver was given for its source.
    public let source: String
    /// The time since the request's first byte, where the framework knows it
    /// (``WebhookRequest/beganAt``); otherwise since the receiver was given the request.
    public let elapsed: Duration

    /// The stable name of the event; see ``ReceiverEvent/code``.
    public var code: String { event.code }
}

/// Reports the events of one request.
struct RequestReporter: Sendable {
    let source: String
    let beganAt: ContinuousClock.Instant
    let report: @Sendable (ReceiverReport) -> Void

    func callAsFunction(_ event: ReceiverEvent) {
        report(ReceiverReport(event: event, source: source, elapsed: ContinuousClock.now - beganAt))
    }
}
