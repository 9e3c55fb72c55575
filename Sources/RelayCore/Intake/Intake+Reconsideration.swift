internal import OpenSenseWebhooks

/// What comes of something that a person asked to have processed again.
enum Reconsideration: Sendable {
    /// It is accepted.
    case accept(Acceptance)
    /// It stays as it is.
    case settle(Settlement, RelayEvent)
}

extension Intake {
    /// Judges a quarantined request by the time at which it was received, and reads a delivery anew.
    func reconsider(_ item: PeopleRequests.Item, at now: WallTime) -> Reconsideration {
        switch item {
        case .capture(let capture): reconsider(capture, at: now)
        case .unread(let unread): reconsider(unread)
        }
    }

    private func reconsider(_ capture: PeopleRequests.Capture, at now: WallTime) -> Reconsideration {
        let kept = capture.request
        guard let judge = sources[kept.path] else { return refuse(capture, "no-such-source") }
        switch judge.judge(kept.webhook, at: kept.receivedAt.unixSeconds) {
        case .authentic(let authentic):
            return .accept(
                acceptance(of: authentic, body: kept.body, path: kept.path, receivedAt: now))
        case .notOurs(let error): return refuse(capture, error.code)
        case .refused(let refusal):
            switch refusal.reason {
            case .verification(let error): return refuse(capture, error.code)
            case .headerDisagrees: return refuse(capture, refusal.response.code)
            }
        }
    }

    private func refuse(_ capture: PeopleRequests.Capture, _ code: String) -> Reconsideration {
        .settle(
            .captureRefused(number: capture.number, code: code),
            .quarantineRefused(id: capture.number, code: code))
    }

    private func reconsider(_ unread: PeopleRequests.Unread) -> Reconsideration {
        let acceptance = acceptance(of: unread)
        guard case .deadLetter(let code) = acceptance.content else { return .accept(acceptance) }
        return .settle(
            .deliveryUnread(sequence: unread.sequence),
            .deliveryUnread(delivery: unread.deliveryID, code: code))
    }
}
