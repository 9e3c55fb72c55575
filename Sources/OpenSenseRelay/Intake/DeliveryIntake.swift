internal import AdapterKit
package import OpenSenseWebhooks
package import RelayCore

/// Turns an authentic request into what the journal accepts.
///
/// Pure: the past is the journal's business.
package struct DeliveryIntake: Sendable {
    private let router: Router

    /// An intake that sends events where `router` says.
    package init(router: Router) { self.router = router }

    /// What a verified body asks for.
    ///
    /// - Parameters:
    ///   - body: The body, whose signature holds.
    ///   - path: The source's path: deliveries of different sources are never duplicates of each other.
    ///   - headerID: The unsigned delivery id of the header, if there is one.
    ///   - proof: The signature.
    ///   - receivedAt: The clock.
    package func acceptance(
        body: [UInt8], path: String, headerID: String?, proof: VerifiedSignature, receivedAt: WallTime
    ) -> Acceptance {
        let delivery = Result { () throws(DeliveryError) in try Delivery(body: body) }
        let signedID = try? delivery.get().id
        return acceptance(
            delivery, body: body,
            keys: DeliveryKey.all(signedID: signedID, headerID: headerID, signature: proof, source: path),
            deliveryID: signedID ?? headerID ?? unnamed(proof), receivedAt: receivedAt,
            // The signed second is the sender's clock; the moment may be up to 999 ms later. Ours may be
            // minutes behind: cut to it, a clear that came first would seem older than the open that comes
            // later.
            latest: WallTime(unixSeconds: proof.timestamp + 1))
    }

    /// What a body asks for that was accepted before and not understood then.
    func acceptance(
        body: [UInt8], keys: [DeliveryKey], deliveryID: String, receivedAt: WallTime
    ) -> Acceptance {
        let delivery = Result { () throws(DeliveryError) in try Delivery(body: body) }
        return acceptance(
            delivery, body: body, keys: keys, deliveryID: deliveryID, receivedAt: receivedAt,
            latest: receivedAt)
    }

    private func acceptance(
        _ delivery: Result<Delivery, DeliveryError>, body: [UInt8], keys: [DeliveryKey], deliveryID: String,
        receivedAt: WallTime, latest: WallTime
    ) -> Acceptance {
        switch delivery {
        case .success(let delivery):
            let times = OrderingTimes(delivery.event, latest: latest)
            var acceptance = Acceptance(
                identities: keys, deliveryID: deliveryID, kind: delivery.event.kind.name,
                receivedAt: receivedAt, body: body,
                content: content(delivery.event, deliveryID, times))
            acceptance.oddities =
                delivery.leniencies.map(\.rawValue).sorted() + times.implausible.map { "implausible-\($0)" }
            return acceptance
        case .failure(let error):
            return Acceptance(
                identities: keys, deliveryID: deliveryID, kind: "", receivedAt: receivedAt, body: body,
                content: .deadLetter(code: error.code))
        }
    }

    private func content(_ event: Event, _ deliveryID: String, _ times: OrderingTimes) -> Acceptance.Content {
        let route = router.route(event)
        let action = route.map { $0.action(for: event.kind) } ?? Route.usualAction(for: event.kind)
        let destinations = route?.destinations ?? []
        // A clear goes where its alarm went, also when no route matches the clear itself: the journal knows.
        let mayBePinned = action == .resolve || action == .acknowledge
        guard !destinations.isEmpty || mayBePinned else { return .record(.unrouted) }
        guard let action else { return .record(.noAction) }
        let step = TimelineStep(
            action: action, openedAt: times.openedAt, reference: times.reference, eventID: event.id,
            destinations: destinations)
        return .step(IncidentKey(event, fallback: deliveryID), step)
    }

    /// A name for people where the sender gave none.
    private func unnamed(_ proof: VerifiedSignature) -> String { "mac:\(proof.signatureText.prefix(16))" }
}
