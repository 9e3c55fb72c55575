/// What none of the secrets signed: kept, within bounds, in case the secret is wrong on this side.
extension WebhookReceiver {
    /// Keeps a request, and answers it as anything unsigned, so that it reveals nothing to its peer.
    ///
    /// What is not kept is put off, so that the sender still has it.
    func storeInQuarantine(
        _ request: WebhookRequest, _ keep: @escaping QuarantineHandler, _ tolerance: TimestampTolerance,
        _ report: RequestReporter
    ) async -> WebhookResponse {
        let now = clock.unixSeconds()
        // Too old already, it could not be accepted by a corrected secret, and would take the place of what
        // could. Should the clock be wrong as well as the secret, the sender still has it.
        guard tolerance.accepts(timeOf: request, at: now) else {
            report(.quarantineStale)
            return .notKept(retryAfterSeconds: 60)
        }
        switch quarantining.begin() {
        case .stopped: return draining(report)
        case .full:
            report(.quarantineFull)
            return .notKept(retryAfterSeconds: 5)
        case .begun: break
        }
        guard admission.admits(in: now / 60, atMost: policy.quarantinedPerMinuteMax) else {
            quarantining.end()
            report(.quarantineFull)
            return .notKept(retryAfterSeconds: 60)
        }
        return await answerInTime(request, quarantining) { answer in
            do {
                try await keep(request)
                report(.quarantined)
                answer.submit(.unauthenticated)
            } catch {
                // A refusal would lose for good what may be authentic; asked to, the sender tries again.
                report(.quarantineFailed(error))
                answer.submit(.storeUnavailable.puttingOff(retryAfterSeconds: 5))
            }
        } tooLate: {
            report(.quarantineSlow)
            return .notKept(retryAfterSeconds: 60)
        }
    }
}
