internal import Synchronization

/// The way of an authentic delivery: claimed, handled, committed, and answered in time.
extension WebhookReceiver {
    /// Something to be done at most once.
    private struct Work: Sendable {
        let id: String?
        let keys: [DeliveryKey]
        let proof: VerifiedSignature
        let report: RequestReporter
        var isReadable = true
        let run: @Sendable () async throws -> Void

        /// Seconds that differ, so that what is turned away together does not come back together.
        var laterSeconds: Int { 1 + Int(keys[0].low % 30) }
        var accepted: WebhookResponse { isReadable ? .handled(id) : .notUnderstood(id) }
    }

    /// Whether a request waits for the ledger or for its handler.
    private final class Stage: Sendable {
        private let handling = Atomic(false)
        var isHandling: Bool { handling.load(ordering: .relaxed) }
        func beginHandling() { handling.store(true, ordering: .relaxed) }
    }

    func handle(
        _ request: WebhookRequest, _ authentic: AuthenticRequest, _ report: RequestReporter
    ) async -> WebhookResponse {
        let work = work(request, authentic, report)
        if let name = authentic.disagreeingHeader {
            report(.headerDisagrees(name: name, deliveryID: work.id))
        }
        switch deliveries.begin() {
        case .stopped: return draining(report)
        case .full:
            report(.overloaded(deliveryID: work.id))
            return .overloaded(retryAfterSeconds: work.laterSeconds)
        case .begun: break
        }
        let stage = Stage()
        return await answerInTime(request, deliveries) { [self] answer in
            await carryOut(work, stage, answer)
        } tooLate: {
            guard stage.isHandling else {
                report(.ledgerSlow(deliveryID: work.id))
                return .ledgerSlow(work.id, retryAfterSeconds: work.laterSeconds)
            }
            report(.handlerSlow(deliveryID: work.id))
            return .handlerSlow(work.id)
        }
    }

    private func work(
        _ request: WebhookRequest, _ authentic: AuthenticRequest, _ report: RequestReporter
    ) -> Work {
        let (keys, proof) = (authentic.handlingKeys(source: source), authentic.signature)
        switch authentic.content {
        case .success(let delivery):
            let received = AuthenticDelivery(delivery: delivery, signature: proof, source: source)
            return Work(id: delivery.id, keys: keys, proof: proof, report: report) { [handler] in
                try await handler(received)
            }
        case .failure(let error):
            report(.unreadable(error))
            let received = UnreadableDelivery(
                body: request.body, reason: error, deliveryIDHeader: request.deliveryIDHeader,
                signature: proof, source: source)
            return Work(id: nil, keys: keys, proof: proof, report: report, isReadable: false) {
                [unreadable] in
                try await unreadable(received)
            }
        }
    }

    // MARK: Carrying out

    private func carryOut(_ work: Work, _ stage: Stage, _ answer: FirstAnswer<WebhookResponse>) async {
        do throws(StoreError) {
            switch try await claims.claim(work.keys, work.report) {
            case .done:
                work.report(.duplicate(deliveryID: work.id))
                answer.submit(.duplicate(work.id))
            case .inFlight:
                work.report(.inFlight(deliveryID: work.id))
                answer.submit(policy.inFlight == .askAgain ? .inFlight(work.id) : .duplicate(work.id))
            case .fresh(let tickets):
                await carryOut(work, holding: tickets, stage, answer)
            }
        } catch {
            work.report(.ledgerFailed(deliveryID: work.id, error))
            let later = error.kind == .overloaded ? work.laterSeconds : 5
            answer.submit(.storeUnavailable.puttingOff(retryAfterSeconds: later))
        }
    }

    private func carryOut(
        _ work: Work, holding tickets: [ClaimTicket], _ stage: Stage, _ answer: FirstAnswer<WebhookResponse>
    ) async {
        guard deliveries.beginHandler() else {
            await claims.release(tickets, deliveryID: work.id, work.report)
            work.report(.overloaded(deliveryID: work.id))
            answer.submit(.overloaded(retryAfterSeconds: work.laterSeconds))
            return
        }
        stage.beginHandling()
        do {
            defer { deliveries.endHandler() }
            try await claims.whileRenewing(tickets, deliveryID: work.id, work.report) { [handlerExecutor] in
                try await withTaskExecutorPreference(handlerExecutor) { try await work.run() }
            }
        } catch {
            work.report(.handlerFailed(deliveryID: work.id, error))
            await claims.release(tickets, deliveryID: work.id, work.report)
            let later = policy.failureRetryAfterSeconds
            answer.submit(.handlerFailed(work.id, retryAfterSeconds: later))
            return
        }
        await commit(tickets, of: work, answer)
    }

    /// Commits what was handled, again and again until it holds or the receiver stops.
    ///
    /// The sender is answered after the first attempt: it must not be asked for what is handled.
    private func commit(
        _ tickets: [ClaimTicket], of work: Work, _ answer: FirstAnswer<WebhookResponse>
    ) async {
        var (left, error) = await claims.commit(tickets)
        if let error { work.report(.ledgerFailed(deliveryID: work.id, error)) }
        if !left.isEmpty { answer.submit(work.accepted) }
        var pause = Duration.milliseconds(500)
        while !left.isEmpty, !deliveries.isStopped {
            await deliveries.pause { [clock, pause] in try await clock.sleep(pause) }
            (left, error) = await claims.commit(left)
            pause = min(pause * 2, claims.commitPauseMax)
        }
        if left.isEmpty {
            work.report(
                .handled(
                    deliveryID: work.id, secretIndex: work.proof.secretIndex,
                    secretFingerprint: work.proof.secretFingerprint))
        } else if let error {
            work.report(.ledgerFailed(deliveryID: work.id, error))
        }
        answer.submit(work.accepted)
    }

    // MARK: In time

    /// Answers when the work has an answer, or when the sender would stop waiting.
    ///
    /// - Parameters:
    ///   - hand: Where the work was begun; it ends there.
    ///   - tooLate: Gives the answer when the work has none in time.
    func answerInTime(
        _ request: WebhookRequest, _ hand: WorkInHand,
        _ work: @escaping @Sendable (FirstAnswer<WebhookResponse>) async -> Void,
        tooLate: @escaping @Sendable () -> WebhookResponse
    ) async -> WebhookResponse {
        let waited = request.beganAt.map { ContinuousClock.now - $0 } ?? .zero
        let patience = max(.seconds(policy.answerWithinSeconds) - waited, .zero)
        return await FirstAnswer.of("webhook handler", within: patience, clock) { answer in
            await work(answer)
            hand.end()
        } tooLate: {
            tooLate()
        }
    }

    func draining(_ report: RequestReporter) -> WebhookResponse {
        report(.draining)
        return .shuttingDown
    }
}
