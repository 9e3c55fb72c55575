/// Several sources at one endpoint: each request goes to the receiver of its source, which its path or the
/// secret that made its signature says.
///
/// Receivers may share a path; the secret says then which of them takes a request. A signed request to a path
/// of none of them goes to the one receiver whose secret made it, and is reported as
/// ``ReceiverEvent/pathMistyped(path:)``: a mistyped URL must not lose alarms.
public struct WebhookSources: Sendable {
    /// The longest body that is looked at on a path of no receiver, in bytes.
    public static let strayBodyBytesMax = StrayRequest.bodyBytesMax
    /// The most secrets that are tried for such a request.
    public static let straySecretsMax = StrayRequest.secretsMax

    private let receivers: [(path: String, receiver: WebhookReceiver)]

    /// The receivers, each at its path as the framework gives it, without a query.
    public init(_ receivers: [(path: String, receiver: WebhookReceiver)]) {
        self.receivers = receivers
    }

    /// Gives a request to the receiver of its source and says what to answer.
    ///
    /// What no secret signed is judged by the first receiver of the path. At a path of none it is answered
    /// 404 `not-found`, and 429 `path-unknown` when it may be signed all the same: it fits several receivers,
    /// or is past ``strayBodyBytesMax`` or ``straySecretsMax``.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - path: The path of its target, without a query; compared byte by byte.
    public func receive(_ request: WebhookRequest, at path: String) async -> WebhookResponse {
        let here = receivers.filter { $0.path.utf8.elementsEqual(path.utf8) }.map(\.receiver)
        guard let first = here.first else { return await receiveStray(request, at: path) }
        guard here.count > 1 else { return await first.receive(request) }
        var byFirst: RequestVerification?
        for receiver in here {
            let verification = receiver.verify(request)
            if verification.provesSecret { return await receiver.receive(request, verification) }
            byFirst = byFirst ?? verification
        }
        return await first.receive(request, byFirst)
    }

    private func receiveStray(_ request: WebhookRequest, at path: String) async -> WebhookResponse {
        let outcome = StrayRequest.source(
            of: request, among: receivers.map(\.receiver), judge: \.currentJudge,
            at: { $0.clock.unixSeconds() })
        switch outcome {
        case .taken(let receiver, let verification):
            receiver.reporter(request)(.pathMistyped(path: path))
            return await receiver.receive(request, verification)
        case .refused(let answer):
            // Every answer is reported: one at a path of no receiver by the first of them.
            receivers.first?.receiver.reporter(request)(.pathUnknown(path: path))
            return answer
        }
    }
}
