/// What a judge's secrets say of a request's signature.
///
/// Where the secret chooses the source, the signature is verified to find it; with this the source's judge
/// does not verify it again.
package struct RequestVerification: Sendable {
    let request: WebhookRequest
    let judge: WebhookJudge
    let proof: Result<VerifiedSignature, VerificationError>

    /// Whether one of the secrets made the signature, whatever else is wrong.
    package var provesSecret: Bool {
        switch proof {
        case .success, .failure(.timestampOutsideTolerance): true
        case .failure: false
        }
    }

    /// What the request is; its body is read here, if its signature holds.
    package var judgement: WebhookJudgement { judge.judge(request, proof) }
}
