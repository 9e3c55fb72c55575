package import OpenSenseWebhooks

/// Signed requests to a path that is no source's.
extension Intake {
    /// Whether a request that is refused for its path may be a source's nevertheless.
    package func mayBeStray(_ refusal: WebhookResponse, method: String, signatureHeaders: [String]) -> Bool {
        refusal == .notFound && StrayRequest.isCandidate(method: method, signatureHeaders: signatureHeaders)
    }

    /// What is to be done with a request to a path that is no source's.
    func decideStray(_ request: Request, at now: WallTime) -> Decision {
        let outcome = StrayRequest.source(
            of: request.webhook, among: sourcesInOrder, judge: \.judge, at: { _ in now.unixSeconds },
            areAlike: { accounts[$0.path] == accounts[$1.path] })
        switch outcome {
        case .taken(let source, let verification):
            let judgement = verification.judgement
            var decision = decide(request, judgement, of: source.path, at: now)
            if case .authentic = judgement {
                decision.events.append(.pathMistyped(request.origin, source: source.path))
            }
            return decision
        case .refused(let answer):
            return Decision(
                events: [.requestRefused(request.origin, code: answer.code, status: answer.status)],
                next: .answer(answer))
        }
    }
}
