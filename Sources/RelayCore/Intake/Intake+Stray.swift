package import OpenSenseWebhooks

/// Signed requests to a path that is no source's: a mistyped URL must not lose alarms.
extension Intake {
    /// What is looked at, at most: each costs a hash of its body for every secret.
    package enum StrayBounds {
        /// The longest body, in bytes.
        package static let bodyBytesMax = WebhookSources.strayBodyBytesMax
        /// The most requests in a second.
        package static let perSecondMax = 10
        /// The most secrets that are tried.
        static let secretsMax = WebhookSources.straySecretsMax
    }

    /// Whether a request that is refused for its path may be a source's nevertheless.
    package func mayBeStray(_ refusal: WebhookResponse, method: String, signatureHeaders: [String]) -> Bool {
        guard refusal == .notFound, method == "POST" else { return false }
        return (try? SignatureHeader(only: signatureHeaders)) != nil
    }

    /// What is to be done with a request to a path that is no source's.
    func decideStray(_ request: Request, at now: WallTime) -> Decision {
        guard request.webhook.body.count <= StrayBounds.bodyBytesMax else {
            return turnAway(request, .pathUnknown)
        }
        var found: [(path: String, verification: RequestVerification)] = []
        for path in strayPaths {
            guard let verification = sources[path]?.verify(request.webhook, at: now.unixSeconds) else {
                continue
            }
            if verification.provesSecret { found.append((path, verification)) }
        }
        guard let first = found.first else {
            // One of the secrets that were not tried may have signed it.
            return turnAway(request, strayPaths.count < sources.count ? .pathUnknown : .notFound)
        }
        guard found.allSatisfy({ accounts[$0.path] == accounts[first.path] }) else {
            return turnAway(request, .pathUnknown)
        }
        let judgement = first.verification.judgement
        var decision = decide(request, judgement, of: first.path, at: now)
        if case .authentic = judgement {
            decision.events.append(.pathMistyped(request.origin, source: first.path))
        }
        return decision
    }

    private func turnAway(_ request: Request, _ answer: WebhookResponse) -> Decision {
        Decision(
            events: [.requestRefused(request.origin, code: answer.code, status: answer.status)],
            next: .answer(answer))
    }

    /// The sources whose secrets are tried, in an order that stays the same.
    static func strayPaths(_ sources: [String: WebhookJudge]) -> [String] {
        var count = 0
        return sources.sorted { $0.key < $1.key }.prefix { _, judge in
            count += judge.verifier.fingerprints.count
            return count <= StrayBounds.secretsMax
        }.map(\.key)
    }
}
