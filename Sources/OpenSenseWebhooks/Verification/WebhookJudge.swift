/// Says what a request is, before anything is done with it: the rules of verification, in one place and
/// without effects.
///
/// ``WebhookReceiver`` asks it, and so does anything else that takes deliveries. The signature is judged
/// first, then the age; only then is the body read and compared with the headers that are not signed.
///
/// ```swift
/// let judge = WebhookJudge(verifier: try WebhookVerifier(secrets: [secret]))
/// switch judge.judge(request, at: now) {
/// case .authentic(let authentic): try keep(authentic.content.get())
/// case .notOurs: answer = .unauthenticated  // or keep it, in case the secret is wrong on this side
/// case .refused(let refusal): answer = refusal.response
/// }
/// ```
public struct WebhookJudge: Sendable {
    /// Checks signature and age.
    public let verifier: WebhookVerifier
    /// What to answer when the signature is right but its time is outside the tolerance.
    public let staleness: ResponsePolicy.Staleness
    /// What to do when an unsigned header says something else than what was signed.
    public let headerDisagreement: ResponsePolicy.HeaderDisagreement

    /// A judge; the defaults lose nothing.
    public init(
        verifier: WebhookVerifier, staleness: ResponsePolicy.Staleness = .askAgain,
        headerDisagreement: ResponsePolicy.HeaderDisagreement = .report
    ) {
        self.verifier = verifier
        self.staleness = staleness
        self.headerDisagreement = headerDisagreement
    }

    /// Judges a request, whatever its method.
    ///
    /// - Parameters:
    ///   - request: The body as it came off the wire, and the three headers that matter.
    ///   - now: The receiver's clock, in seconds since 1970-01-01T00:00:00Z.
    public func judge(_ request: WebhookRequest, at now: Int) -> WebhookJudgement {
        verify(request, at: now).judgement
    }

    /// Verifies a request's signature and reads nothing; see ``RequestVerification/judgement`` for the rest.
    package func verify(_ request: WebhookRequest, at now: Int) -> RequestVerification {
        RequestVerification(
            request: request, judge: self,
            proof: Result { () throws(VerificationError) in
                try verifier.verify(
                    body: request.body.span, signatureHeaders: request.signatureHeaders, at: now)
            })
    }

    /// What a request is, given what its signature proves.
    func judge(
        _ request: WebhookRequest, _ proof: Result<VerifiedSignature, VerificationError>
    ) -> WebhookJudgement {
        let signature: VerifiedSignature
        do throws(VerificationError) { signature = try proof.get() } catch {
            if case .signatureMismatch = error { return .notOurs(error) }
            return .refused(.init(reason: .verification(error), response: answer(to: error, request)))
        }
        let content = Result { () throws(DeliveryError) in try Delivery(body: request.body) }
        let signedID = try? content.get().id
        let name = disagreeingHeader(of: request, signedID: signedID, signature)
        if let name, headerDisagreement == .reject {
            let id = signedID ?? request.deliveryIDHeader
            return .refused(
                .init(
                    reason: .headerDisagrees(name: name, deliveryID: id),
                    response: .headerDisagrees(name, id)))
        }
        return .authentic(
            AuthenticRequest(
                signature: signature, content: content, deliveryIDHeader: request.deliveryIDHeader,
                disagreeingHeader: name))
    }

    /// The unsigned header that says something else than what was signed, if one does.
    private func disagreeingHeader(
        of request: WebhookRequest, signedID: String?, _ signature: VerifiedSignature
    ) -> String? {
        if let signedID, let header = request.deliveryIDHeader, !header.utf8.elementsEqual(signedID.utf8) {
            return OpenSenseHeader.deliveryID
        }
        if let header = request.timestampHeader, Int(header) != signature.timestamp {
            return OpenSenseHeader.timestamp
        }
        return nil
    }

    private func answer(to error: VerificationError, _ request: WebhookRequest) -> WebhookResponse {
        switch error {
        case .timestampOutsideTolerance:
            // The signature holds, so the id is the sender's and may be repeated in the answer.
            let id = (try? Delivery(body: request.body))?.id
            return staleness == .askAgain ? .stale(id) : .staleRejected(id)
        case .cryptographyUnavailable: return .cryptographyUnavailable
        default: return .unauthenticated
        }
    }
}

/// What a request is.
public enum WebhookJudgement: Sendable {
    /// OpenSense sent it, and not long ago.
    case authentic(AuthenticRequest)
    /// It is answered, and that is all; see ``Refusal/response``.
    case refused(Refusal)
    /// It is well formed and none of the secrets signed it: it is a stranger's, or the secret is wrong on
    /// this side. Answer ``WebhookResponse/unauthenticated``, whether it is kept or not.
    case notOurs(VerificationError)

    /// Why a request is refused, and how.
    public struct Refusal: Sendable {
        /// Why.
        public let reason: Reason
        /// The answer.
        public let response: WebhookResponse
    }

    /// Why a request is refused.
    @nonexhaustive public enum Reason: Sendable, Hashable {
        /// Its signature or its age does not hold.
        case verification(VerificationError)
        /// An unsigned header says something else than what was signed, and that is to be refused.
        case headerDisagrees(name: String, deliveryID: String?)
    }
}

/// A request whose signature holds and whose age is right.
public struct AuthenticRequest: Sendable {
    /// The signature.
    public let signature: VerifiedSignature
    /// What was read; or why the body cannot be read, although OpenSense sent it: keep it where a person will
    /// look.
    public let content: Result<Delivery, DeliveryError>
    /// The id in the header, which is not signed.
    public let deliveryIDHeader: String?
    /// The unsigned header that says something else than what was signed, if one does; what was signed
    /// counts.
    public let disagreeingHeader: String?

    /// The delivery's id in the signed body; nil where there is none or the body cannot be read.
    public var signedID: String? { try? content.get().id }

    /// What identifies what a receiver handles.
    ///
    /// A retry changes the number of the attempt and the time of delivery. The same id with another event is
    /// another alarm, so the event is part of the key; and what cannot be read is known by its MAC alone, as
    /// an id in a header, which is not signed, could stand for any body.
    func handlingKeys(source: String) -> [DeliveryKey] {
        guard let delivery = try? content.get() else {
            return DeliveryKey.all(signedID: nil, headerID: nil, signature: signature, source: source)
        }
        guard let id = delivery.id else { return keys(source: source) }
        let event = delivery.event
        let parts = [
            source, id, event.kind.name, event.id, event.siteID, event.deviceID, event.channelID,
            event.openedAt.map { "\($0.unixMilliseconds)" },
        ]
        // With its length before each part, none can stand for two.
        return [
            DeliveryKey(of: "event" + parts.map { $0.map { "\n\($0.utf8.count) \($0)" } ?? "\n-" }.joined())
        ]
    }

    /// What identifies the delivery: a delivery that shares one of these with an earlier one repeats it.
    ///
    /// - Parameter source: Deliveries of different sources never repeat each other.
    public func keys(source: String = "") -> [DeliveryKey] {
        DeliveryKey.all(
            signedID: signedID, headerID: deliveryIDHeader, signature: signature, source: source)
    }
}
