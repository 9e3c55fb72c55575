internal import Synchronization

/// Receives OpenSense's deliveries in any HTTP framework: raw bytes and headers in, an answer out, and a
/// handler called once for each delivery.
///
/// ```swift
/// let receiver = try WebhookReceiver(
///     verifier: WebhookVerifier(secrets: [Secret("a long random string")]),
///     ledger: InMemoryDeliveryLedger()
/// ) { received in
///     try await page(received.delivery.event)
/// } unreadable: { received in
///     try await keepForAPerson(received.body)
/// }
/// let response = await receiver.receive(WebhookRequest(headers: headers, body: bytes) { ($0.0, $0.1) })
/// ```
///
/// A handler that throws gives its claim up, and the sender is asked to try again. One that takes longer than
/// ``ResponsePolicy/answerWithinSeconds`` goes on: the sender is answered 429, and finds its retry
/// acknowledged as a duplicate once the handler is done. For all other answers see ``ResponsePolicy`` and
/// <doc:WhatToAnswer>.
///
/// A delivery is handled a second time only when the process dies or stands still before the commit to the
/// ledger, when the ledger is away from then on until the receiver stops, or when it has forgotten it; see
/// <doc:DeduplicateAcrossInstances>.
public final class WebhookReceiver: Sendable {
    /// What to do with a delivery.
    ///
    /// Returning means that it is safe: stored, here or by another service that has confirmed it.
    public typealias Handler = @Sendable (AuthenticDelivery) async throws -> Void
    /// What to do with a body that cannot be read; returning means that it is safe.
    public typealias UnreadableHandler = @Sendable (UnreadableDelivery) async throws -> Void

    /// What to do with a request that none of the secrets signed, so that nothing is lost should the secret
    /// be wrong on this side; returning means that it is kept.
    public typealias QuarantineHandler = @Sendable (WebhookRequest) async throws -> Void

    private let judge: Mutex<WebhookJudge>
    let claims: ClaimKeeper
    let policy: ResponsePolicy
    let source: String
    let clock: ReceiverClock
    private let report: @Sendable (ReceiverReport) -> Void
    let handler: Handler
    let unreadable: UnreadableHandler
    let handlerExecutor: (any TaskExecutor)?
    let admission = QuarantineAdmission()
    let deliveries: WorkInHand
    let quarantining: WorkInHand
    private let quarantine: QuarantineHandler?

    /// A receiver of one source's deliveries.
    ///
    /// - Parameters:
    ///   - verifier: The secrets and the tolerance; see ``replace(verifier:)``.
    ///   - ledger: Remembers what was handled; shared by every receiver of the source.
    ///   - policy: What to answer where there is a choice.
    ///   - source: The name of the source, when several share a ledger; given with each report and each
    ///     delivery. Deliveries of two sources never repeat each other.
    ///   - clock: The time.
    ///   - handlerExecutor: Where handlers run that block their thread; nil for those of the process, where
    ///     two of them on a machine of two cores keep every answer from being given.
    ///   - report: Called with every event, for logs and metrics; it should return soon.
    ///   - handler: Handles a delivery; not called again for one that the ledger remembers as handled.
    ///   - unreadable: Keeps what is authentic but cannot be read, for a person to look at.
    ///   - quarantine: Keeps what none of the secrets signed, at most
    ///     ``ResponsePolicy/quarantinedPerMinuteMax`` a minute. Such requests need no secret to send, so
    ///     bound what is kept in all. With the secret mended, give each to a verifier at the time at which it
    ///     was received.
    public init(
        verifier: WebhookVerifier, ledger: any DeliveryLedger, policy: ResponsePolicy = .standard,
        source: String = "", clock: ReceiverClock = .system,
        handlerExecutor: (any TaskExecutor)? = nil,
        report: @escaping @Sendable (ReceiverReport) -> Void = { _ in },
        handler: @escaping Handler, unreadable: @escaping UnreadableHandler,
        quarantine: QuarantineHandler? = nil
    ) {
        judge = Mutex(
            WebhookJudge(
                verifier: verifier, staleness: policy.staleness, headerDisagreement: policy.headerDisagreement
            ))
        self.policy = policy
        self.source = source
        self.clock = clock
        self.handlerExecutor = handlerExecutor
        self.report = report
        self.handler = handler
        self.unreadable = unreadable
        self.quarantine = quarantine
        deliveries = WorkInHand(waitingMax: policy.claimsMax, handlersMax: policy.handlersMax)
        quarantining = WorkInHand(waitingMax: policy.quarantinesMax, handlersMax: 0)
        claims = ClaimKeeper(
            ledger: ledger, leaseSeconds: max(policy.leaseSeconds, 1), sleep: clock.sleep)
    }

    /// Takes a request and says what to answer; never traps and never throws, whatever the request holds.
    public func receive(_ request: WebhookRequest) async -> WebhookResponse {
        await receive(request, nil)
    }

    /// Takes a request.
    ///
    /// - Parameter verification: What ``verify(_:)`` said of the request; nil where it was not asked.
    func receive(_ request: WebhookRequest, _ verification: RequestVerification?) async -> WebhookResponse {
        let report = reporter(request)
        guard request.method == "POST" else {
            report(.notPost)
            return .postOnly
        }
        guard request.body.count <= policy.bodyBytesMax else {
            report(.bodyTooLarge(bytes: request.body.count))
            return .bodyTooLarge(bytesMax: policy.bodyBytesMax)
        }
        let verification = verification ?? verify(request)
        switch verification.judgement {
        case .authentic(let authentic): return await handle(request, authentic, report)
        case .notOurs(let error):
            report(.refused(error))
            guard let quarantine else { return .unauthenticated }
            return await storeInQuarantine(request, quarantine, verification.judge.verifier.tolerance, report)
        case .refused(let refusal):
            switch refusal.reason {
            case .verification(let error): report(.refused(error))
            case .headerDisagrees(let name, let id): report(.headerDisagrees(name: name, deliveryID: id))
            }
            return refusal.response
        }
    }

    func reporter(_ request: WebhookRequest) -> RequestReporter {
        RequestReporter(source: source, beganAt: request.beganAt ?? ContinuousClock.now, report: report)
    }

    /// The judge with the secrets of the moment.
    var currentJudge: WebhookJudge { judge.withLock { $0 } }

    /// What its secrets say of the signature.
    func verify(_ request: WebhookRequest) -> RequestVerification {
        currentJudge.verify(request, at: clock.unixSeconds())
    }

    /// Judges what comes from now on by other secrets or another tolerance; what is in hand goes on.
    public func replace(verifier: WebhookVerifier) {
        judge.withLock {
            $0 = WebhookJudge(
                verifier: verifier, staleness: $0.staleness, headerDisagreement: $0.headerDisagreement)
        }
    }

    // MARK: Stopping

    /// Takes no more deliveries (429) and returns when the handlers that run are done.
    ///
    /// What is handled and could not be committed is tried once more. A handler or a ledger that never
    /// returns keeps it from returning; see ``stop(within:)``.
    public func stop() async {
        // Neither takes more while the other is waited for.
        async let kept: Void = quarantining.stop()
        await deliveries.stop()
        await kept
    }

    /// Takes no more deliveries (429) and waits for the handlers that run, but no longer than `limit`.
    ///
    /// - Returns: Whether all of them are done. One that is not goes on until the process ends, after which
    ///   the sender's next try is handled once the claim's lease has run out.
    public func stop(within limit: Duration) async -> Bool {
        await FirstAnswer.of("webhook stop", within: limit, clock) { [self] first in
            await stop()
            first.submit(true)
        } tooLate: {
            false
        }
    }
}
