import OpenSenseWebhooks

/// A custom receiver around the library's judge.
struct Judging {
    let secret: Secret
    let keep: @Sendable (Delivery) throws -> Void

    func answer(to request: WebhookRequest, at now: Int) throws -> WebhookResponse? {
        var answer: WebhookResponse?
        // snippet: judging
        let judge = WebhookJudge(verifier: try WebhookVerifier(secrets: [secret]))
        switch judge.judge(request, at: now) {
        case .authentic(let authentic): try keep(authentic.content.get())
        case .notOurs: answer = .unauthenticated  // or keep it, in case the secret is wrong on this side
        case .refused(let refusal): answer = refusal.response
        }
        // snippet end
        return answer
    }
}
