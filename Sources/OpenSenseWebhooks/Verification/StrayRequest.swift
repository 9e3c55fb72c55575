/// The rule for signed requests to a path of no source: a mistyped URL must not lose alarms.
///
/// Each that is looked at costs a hash of its body for every secret, so the body and the secrets are bounded.
package enum StrayRequest {
    /// The longest body that is looked at, in bytes.
    package static let bodyBytesMax = 65_536
    /// The most secrets that are tried.
    package static let secretsMax = 8

    /// Which source takes a request, or what it is answered.
    package enum Outcome<Source> {
        /// This source's secret signed it.
        case taken(Source, RequestVerification)
        /// Nothing says whose it is.
        case refused(WebhookResponse)
    }

    /// Whether a source may have signed a request, by its head alone.
    package static func isCandidate(method: String, signatureHeaders: [String]) -> Bool {
        method == "POST" && (try? SignatureHeader(only: signatureHeaders)) != nil
    }

    /// The source whose secret signed the request.
    ///
    /// A request that fits several sources, or that one of the secrets that are not tried may have signed, is
    /// put off: its sender has it until the path is mended.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - sources: All sources; of the first of them the secrets are tried.
    ///   - judge: The judge of a source.
    ///   - now: A source's clock, in seconds since 1970-01-01T00:00:00Z.
    ///   - areAlike: Whether the first of two sources may take what fits both.
    package static func source<Source>(
        of request: WebhookRequest, among sources: [Source], judge: (Source) -> WebhookJudge,
        at now: (Source) -> Int, areAlike: (Source, Source) -> Bool = { _, _ in false }
    ) -> Outcome<Source> {
        guard isCandidate(method: request.method, signatureHeaders: request.signatureHeaders) else {
            return .refused(.notFound)
        }
        guard request.body.count <= bodyBytesMax else { return .refused(.pathUnknown) }
        var secrets = 0
        var signed: [(source: Source, verification: RequestVerification)] = []
        var areAllTried = true
        for source in sources {
            let judge = judge(source)
            secrets += judge.verifier.fingerprints.count
            areAllTried = secrets <= secretsMax
            guard areAllTried else { break }
            let verification = judge.verify(request, at: now(source))
            if verification.provesSecret { signed.append((source, verification)) }
        }
        guard let first = signed.first else { return .refused(areAllTried ? .notFound : .pathUnknown) }
        guard signed.dropFirst().allSatisfy({ areAlike(first.source, $0.source) }) else {
            return .refused(.pathUnknown)
        }
        return .taken(first.source, first.verification)
    }
}
