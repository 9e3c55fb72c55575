internal import AdapterKit
package import OpenSenseWebhooks

/// Something that happened in a relay.
///
/// Everything that the log, metrics or a console show goes through here, and nothing that is a secret or a
/// body. Codes and the names of fields are a contract: added to, never renamed. Their catalogue is the
/// article `LogEvents`.
package enum RelayEvent: Sendable, Hashable {
    // The process
    case configurationSuspicious(reason: String)
    case secretSuspicious(path: String, index: Int, reason: String)
    case started(listen: String, port: Int, store: String, destinations: [String], version: String)
    case stopping
    /// A SIGHUP came, which changes nothing.
    case hungUp
    case stopped

    // Requests
    case requestRefused(RequestOrigin, code: String, status: Int)
    /// A request began and never became whole; nothing was answered.
    case requestUnfinished(RequestOrigin, code: String)
    /// There was no room for so many connections; said once a minute at most.
    case connectionsCrowded(closed: Int)
    /// A client and the relay could not agree on TLS.
    case handshakeFailed(peer: String, reason: String)
    /// New connections are shown another certificate.
    case certificateReplaced(days: Int)
    /// The certificate's files have changed, and cannot be used; the one before stays.
    case certificateUnusable(reason: String)
    /// The certificate has ended or ends soon; said once a day.
    case certificateEnding(path: String, days: Int)
    case deliveryRefused(RequestOrigin, code: String, reason: String)
    case deliveryQuarantined(RequestOrigin, code: String)
    case quarantineFull(path: String)
    /// A delivery came to a path that is no source's, and was taken as the source's that signed it.
    case pathMistyped(RequestOrigin, source: String)
    case headerDisagrees(delivery: String, header: String)
    case incidentUnmatchable(delivery: String, key: String)
    case deliveryAccepted(AcceptedDelivery)
    case kindUnknown(kind: String, delivery: String)
    case deliveryDuplicate(delivery: String, sequence: Int)
    case deliveryOdd(delivery: String, oddities: [String])

    // What a person had looked at again
    case quarantineAccepted(id: Int, delivery: String, outcome: String)
    case quarantineRefused(id: Int, code: String)
    case deliveryRead(delivery: String, outcome: String)
    case deliveryUnread(delivery: String, code: String)

    // Jobs
    case jobLeased(JobReference)
    case attemptMade(JobReference, Attempt)
    case jobDelivered(JobReference, remark: String?)
    case jobRetried(JobReference, inMilliseconds: Int, reason: String)
    case jobDead(JobReference, follows: String, reason: String)
    /// A job that fails was left out, as an alarm waits behind it.
    case jobPassed(JobReference, reason: String)
    case jobLeaseLost(JobReference)
    case jobStateDropped(JobReference, reason: String)
    case destinationPaused(name: String)
    case destinationResumed(name: String)
    case destinationGone(name: String)
    case failedOver(destination: String, to: String, jobs: Int)
    case credentialsRefused(JobReference, reason: String)
    case troubleReported(key: String, count: Int, reason: String)
    case troubleOver(key: String)

    // The store
    case storeFailed(StoreError)
    case storeRecovered
    /// An operation on the store took more than half a second; said once a minute at most.
    case storeSlow(operation: String, milliseconds: Int)
    case storePruned(deliveries: Int)
    /// Updates stood at the heads of lanes without a time, and are due now.
    case lanesMended(destination: String, count: Int)

    // The outside world's watch over the relay
    case heartbeatFailed(index: Int, reason: String)
    case heartbeatRecovered(index: Int)
    /// What stands for an incident at a vendor does not hear its state; said once until it does.
    case standingFailed(destination: String, incident: String, reason: String)
    /// It hears it again.
    case standingRecovered(destination: String, incident: String)

    /// Lines that were left out of the log since the last one of the kind.
    case eventsSuppressed(code: Code, detail: String, count: Int)
}

/// Who asked for what: all that is known of a request before it is authentic.
package struct RequestOrigin: Sendable, Hashable {
    /// The address of the peer: a proxy's, where one is in front.
    package var peer: String
    /// The path that was asked for; empty where the request line could not be read.
    package var path: String

    /// An origin.
    package init(peer: String, path: String) {
        self.peer = peer
        self.path = path
    }
}

/// A delivery that is on disk.
package struct AcceptedDelivery: Sendable, Hashable {
    /// The delivery's id.
    package var id: String
    /// The sender's name of the event's kind.
    package var kind: String
    /// The incident's key, if it has one.
    package var incident: String?
    /// What it led to.
    package var verdict: AcceptanceVerdict
    /// Why nothing is sent, where that needs a reason.
    package var reason: String?
    /// Its number in the store.
    package var sequence: Int

    /// A delivery.
    package init(
        id: String, kind: String, incident: String?, verdict: AcceptanceVerdict, reason: String?,
        sequence: Int
    ) {
        self.id = id
        self.kind = kind
        self.incident = incident
        self.verdict = verdict
        self.reason = reason
        self.sequence = sequence
    }
}

/// One request to a vendor and what came of it.
package struct Attempt: Sendable, Hashable {
    /// `202`, or why there was no answer, such as `timeout`.
    package var outcome: String
    /// From the decision to send until the answer.
    package var milliseconds: Int

    /// An attempt.
    package init(outcome: String, milliseconds: Int) {
        self.outcome = outcome
        self.milliseconds = milliseconds
    }
}
