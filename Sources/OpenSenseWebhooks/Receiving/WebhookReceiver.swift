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
/// ``ResponsePolicy/answerWithinSeconds`` goes on: the sender is answered 503, and finds its retry
/// acknowledged as a duplicate once the handler is done. For all other answers see ``ResponsePolicy`` and
/// <doc:WhatToAnswer>.
///
/// A delivery is handled a second time only when the process dies or stands still before the commit to the
/// ledger, when that commit fails, or when the ledger has forgotten it; see <doc:DeduplicateAcrossInstances>.
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

    private let judge: WebhookJudge
    private let claims: ClaimKeeper
    private let policy: ResponsePolicy
    private let source: String
    private let clock: ReceiverClock
    private let report: @Sendable (ReceiverEvent) -> Void
    private let handler: Handler
    private let unreadable: UnreadableHandler
    private let quarantine: QuarantineHandler?
    private let admission = QuarantineAdmission()
    private let running = RunningHandlers()

    /// A receiver of one source's deliveries.
    ///
    /// - Parameters:
    ///   - verifier: The secrets and the tolerance.
    ///   - ledger: Remembers what was handled; shared by every receiver of the source.
    ///   - policy: What to answer where there is a choice.
    ///   - source: The name of the source, when several share a ledger.
    ///   - clock: The time.
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
        report: @escaping @Sendable (ReceiverEvent) -> Void = { _ in },
        handler: @escaping Handler, unreadable: @escaping UnreadableHandler,
        quarantine: QuarantineHandler? = nil
    ) {
        judge = WebhookJudge(
            verifier: verifier, staleness: policy.staleness, headerDisagreement: policy.headerDisagreement)
        self.policy = policy
        self.source = source
        self.clock = clock
        self.report = report
        self.handler = handler
        self.unreadable = unreadable
        self.quarantine = quarantine
        claims = ClaimKeeper(
            ledger: ledger, leaseSeconds: max(policy.leaseSeconds, 1), sleep: clock.sleep, report: report)
    }

    /// Takes a request and says what to answer; never traps and never throws, whatever the request holds.
    public func receive(_ request: WebhookRequest) async -> WebhookResponse {
        guard request.method == "POST" else { return .postOnly }
        guard request.body.count <= policy.bodyBytesMax else {
            report(.bodyTooLarge(bytes: request.body.count))
            return .bodyTooLarge(bytesMax: policy.bodyBytesMax)
        }
        switch judge.judge(request, at: clock.unixSeconds()) {
        case .authentic(let authentic): return await receive(request, authentic)
        case .notOurs(let error):
            report(.refused(error))
            guard let quarantine else { return .unauthenticated }
            return await storeInQuarantine(request, quarantine)
        case .refused(let refusal):
            switch refusal.reason {
            case .verification(let error): report(.refused(error))
            case .headerDisagrees(let name, let id): report(.headerDisagrees(name: name, deliveryID: id))
            }
            return refusal.response
        }
    }

    /// Takes no more deliveries (503) and returns when the handlers that run are done.
    public func stop() async { await running.stop() }

    // MARK: Authentic requests

    private func receive(
        _ request: WebhookRequest, _ authentic: AuthenticRequest
    ) async -> WebhookResponse {
        let work = work(request, authentic)
        if let name = authentic.disagreeingHeader {
            report(.headerDisagrees(name: name, deliveryID: work.id))
        }
        return await answerInTime(work.id, spread: Int(work.keys[0].low % 30)) { [self] in
            await carryOut(work)
        }
    }

    private func work(_ request: WebhookRequest, _ authentic: AuthenticRequest) -> Work {
        let (keys, proof) = (authentic.keys(source: source), authentic.signature)
        switch authentic.content {
        case .success(let delivery):
            let received = AuthenticDelivery(delivery: delivery, signature: proof)
            return Work(id: delivery.id, keys: keys, proof: proof) { [handler] in try await handler(received)
            }
        case .failure(let error):
            report(.unreadable(error))
            let received = UnreadableDelivery(
                body: request.body, reason: error, deliveryIDHeader: request.deliveryIDHeader,
                signature: proof)
            return Work(id: nil, keys: keys, proof: proof, isReadable: false) { [unreadable] in
                try await unreadable(received)
            }
        }
    }

    /// Something to be done at most once.
    private struct Work: Sendable {
        let id: String?
        let keys: [DeliveryKey]
        let proof: VerifiedSignature
        var isReadable = true
        let run: @Sendable () async throws -> Void
    }

    /// Answers when the work is done, or when the sender would stop waiting; the work goes on then, also when
    /// the framework cancels the request.
    ///
    /// - Parameter spread: 0 to 29, so that what is turned away together does not come back together.
    private func answerInTime(
        _ id: String?, spread: Int, _ work: @escaping @Sendable () async -> WebhookResponse
    ) async -> WebhookResponse {
        switch running.begin(atMost: policy.handlersMax) {
        case .stopped: return .shuttingDown
        case .full:
            report(.overloaded(deliveryID: id))
            return .overloaded(retryAfterSeconds: 1 + spread)
        case .begun: break
        }
        let answer = FirstAnswer()
        BackgroundTask.start("webhook handler") { [running] in
            answer.submit(await work())
            running.end()
        }
        let deadline = BackgroundTask.start("webhook deadline") { [self] in
            do { try await clock.sleep(.seconds(policy.answerWithinSeconds)) } catch { return }
            guard answer.submit(.handlerSlow(id)) else { return }
            report(.handlerSlow(deliveryID: id))
        }
        let response = await answer.value()
        deadline.cancel()
        return response
    }

    private func carryOut(_ work: Work) async -> WebhookResponse {
        do throws(StoreError) {
            switch try await claims.claim(work.keys) {
            case .done:
                report(.duplicate(deliveryID: work.id))
                return .duplicate(work.id)
            case .inFlight:
                report(.inFlight(deliveryID: work.id))
                return policy.inFlight == .askAgain ? .inFlight(work.id) : .duplicate(work.id)
            case .fresh(let tickets):
                return await carryOut(work, holding: tickets)
            }
        } catch {
            report(.ledgerFailed(deliveryID: work.id, error))
            return .storeUnavailable
        }
    }

    private func carryOut(_ work: Work, holding tickets: [ClaimTicket]) async -> WebhookResponse {
        do {
            try await claims.whileRenewing(tickets, deliveryID: work.id, work.run)
        } catch {
            report(.handlerFailed(deliveryID: work.id, error))
            await claims.release(tickets, deliveryID: work.id)
            return .handlerFailed(work.id, retryAfterSeconds: policy.failureRetryAfterSeconds)
        }
        await claims.commit(tickets, deliveryID: work.id)
        report(
            .handled(
                deliveryID: work.id, secretIndex: work.proof.secretIndex,
                secretFingerprint: work.proof.secretFingerprint))
        return work.isReadable ? .handled(work.id) : .notUnderstood(work.id)
    }

    // MARK: Everything else

    /// The answer is the same whether the request was kept or not, so that it reveals nothing to an
    /// unauthenticated peer.
    private func storeInQuarantine(_ request: WebhookRequest, _ quarantine: @escaping QuarantineHandler) async
        -> WebhookResponse
    {
        let minute = clock.unixSeconds() / 60
        guard admission.admits(in: minute, atMost: policy.quarantinedPerMinuteMax) else {
            report(.quarantineFull)
            return .unauthenticated
        }
        return await answerInTime(nil, spread: 0) { [report] in
            do {
                try await quarantine(request)
                report(.quarantined)
                return .unauthenticated
            } catch {
                // A refusal would lose for good what may be authentic; asked to, the sender tries again.
                report(.quarantineFailed(error))
                return .storeUnavailable
            }
        }
    }
}

/// The answers that only this receiver gives.
extension WebhookResponse {
    static let shuttingDown = WebhookResponse(
        status: 503, code: "draining", message: "The receiver is shutting down; send it again.",
        retryAfterSeconds: 5)

    static func handled(_ id: String?) -> WebhookResponse {
        WebhookResponse(status: 200, code: "accepted", message: "The delivery is handled.", deliveryID: id)
    }
    static func notUnderstood(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 200, code: "not-understood",
            message: "The delivery is kept for a person to look at: its body is not a known event.",
            deliveryID: id)
    }
    static func duplicate(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 200, code: "duplicate", message: "The delivery was handled before.", deliveryID: id)
    }
    static func inFlight(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 429, code: "in-flight",
            message: "The delivery is being handled; send it again, in case that fails.", deliveryID: id,
            retryAfterSeconds: 1)
    }
    static func handlerFailed(_ id: String?, retryAfterSeconds: Int) -> WebhookResponse {
        WebhookResponse(
            status: 503, code: "handler-failed",
            message: "The delivery could not be handled; send it again.", deliveryID: id,
            retryAfterSeconds: retryAfterSeconds)
    }
    static func handlerSlow(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 503, code: "handler-slow",
            message: "The delivery is still being handled; retry it for the result.", deliveryID: id,
            retryAfterSeconds: 5)
    }
}
