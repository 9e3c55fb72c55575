internal import AdapterKit
package import OpenSenseWebhooks

/// What an authentic request asks for.
extension Intake {
    /// What the journal is to accept for a request; the past is the journal's business.
    ///
    /// - Parameters:
    ///   - authentic: The request, whose signature holds.
    ///   - body: Its body.
    ///   - path: The source's path: deliveries of different sources are never duplicates of each other.
    ///   - receivedAt: The clock.
    package func acceptance(
        of authentic: AuthenticRequest, body: [UInt8], path: String, receivedAt: WallTime
    ) -> Acceptance {
        let proof = authentic.signature
        // A name for people where the sender gave none.
        let name =
            authentic.signedID ?? authentic.deliveryIDHeader ?? "mac:\(proof.signatureText.prefix(16))"
        return acceptance(
            authentic.content, body: body, keys: authentic.keys(source: path), deliveryID: name,
            account: accounts[path], receivedAt: receivedAt,
            // The signed second is the sender's clock; the moment may be up to 999 ms later. Ours may be
            // minutes behind: cut to it, a clear that came first would seem older than the open that comes
            // later.
            latest: WallTime(unixSeconds: proof.timestamp + 1))
    }

    /// What a body asks for that was accepted before and not understood then.
    func acceptance(of unread: PeopleRequests.Unread) -> Acceptance {
        let content = Result { () throws(DeliveryError) in try Delivery(body: unread.body) }
        return acceptance(
            content, body: unread.body,
            // A separate key: that of the delivery is already in the ledger.
            keys: [DeliveryKey(of: "again\n\(unread.sequence)")], deliveryID: unread.deliveryID,
            account: nil, receivedAt: unread.receivedAt, latest: unread.receivedAt)
    }

    private func acceptance(
        _ delivery: Result<Delivery, DeliveryError>, body: [UInt8], keys: [DeliveryKey], deliveryID: String,
        account: String?, receivedAt: WallTime, latest: WallTime
    ) -> Acceptance {
        switch delivery {
        case .success(let delivery):
            let times = OrderingTimes(delivery.event, latest: latest)
            var acceptance = Acceptance(
                identities: keys, deliveryID: deliveryID, kind: delivery.event.kind.name,
                receivedAt: receivedAt, body: body,
                content: content(delivery.event, deliveryID, account, times))
            acceptance.policy = policy
            if case .step(_, let step) = acceptance.content {
                acceptance.eventKey = eventKey(of: delivery.event, step.action, account: account)
            }
            if account != nil, hasOneAccount {
                acceptance.keyWithoutAccount = IncidentKey(delivery.event, fallback: deliveryID)
            }
            acceptance.oddities =
                delivery.leniencies.map(\.rawValue).sorted() + times.implausible.map { "implausible-\($0)" }
            return acceptance
        case .failure(let error):
            return Acceptance(
                identities: keys, deliveryID: deliveryID, kind: "", receivedAt: receivedAt, body: body,
                content: .deadLetter(code: error.code))
        }
    }

    private func content(
        _ event: Event, _ deliveryID: String, _ account: String?, _ times: OrderingTimes
    ) -> Acceptance.Content {
        let route = router.route(event)
        let action = route.map { $0.action(for: event.kind) } ?? Route.usualAction(for: event.kind)
        let destinations = route?.destinations ?? []
        // A clear goes where its alarm went, also when no route matches the clear itself: the journal knows.
        let mayBePinned = action == .resolve || action == .acknowledge
        guard !destinations.isEmpty || mayBePinned else { return .record(.unrouted) }
        guard let action else { return .record(.noAction) }
        let step = TimelineStep(
            action: action, moment: times.moment, openedAt: times.openedAt, reference: times.reference,
            namesOpening: times.namesOpening, eventID: event.id, severity: Self.severity(of: event),
            value: action == .open ? event.valueAt.map(IncidentUpdate.text) : nil, destinations: destinations)
        return .step(IncidentKey(event, fallback: deliveryID, account: account), step)
    }

    /// The sender's word, where it is short enough to be one.
    private static func severity(of event: Event) -> String? {
        event.severity.flatMap { word in
            word.isEmpty || word.utf8.count > SeverityOrder.wordBytesMax ? nil : word
        }
    }
}
