package import AdapterKit
package import OpenSenseWebhooks

/// A delivery that is about to be accepted: everything the journal needs to do so in one transaction.
package struct Acceptance: Sendable {
    /// What identifies the delivery; a delivery that shares one of them with an earlier one is a duplicate.
    ///
    /// One or two.
    package var identities: [DeliveryKey]
    /// The delivery's id for people: the signed one, or what stands in for it.
    package var deliveryID: String
    /// The sender's name of the event's kind; empty when the body was not understood.
    package var kind: String
    /// What identifies its event in its account, where another webhook may bring it, too, and one is enough.
    package var eventKey: DeliveryKey?
    /// When it was received.
    package var receivedAt: WallTime
    /// The body as received.
    package var body: [UInt8]
    /// What is to be done.
    package var content: Content
    /// How the alarm's past counts.
    package var policy = AcceptancePolicy.usual
    /// The key without the source's account, under which a clear that finds no open alarm looks again.
    package var keyWithoutAccount: IncidentKey?
    /// What was odd about the body and read all the same, by stable names; for the log.
    package var oddities: [String] = []

    /// What a delivery asks for.
    package enum Content: Sendable {
        /// A step of the incident named by the key.
        case step(IncidentKey, TimelineStep)
        /// Nothing is sent; the reason is kept.
        case record(RecordReason)
        /// The body was not understood; kept for a person to look at.
        case deadLetter(code: String)
    }

    /// Why an understood event is only recorded.
    package enum RecordReason: String, Sendable {
        /// No route matches it.
        case unrouted
        /// Its kind stands for no action.
        case noAction = "no-action"
    }

    /// An acceptance.
    package init(
        identities: [DeliveryKey], deliveryID: String, kind: String, receivedAt: WallTime, body: [UInt8],
        content: Content
    ) {
        self.identities = identities
        self.deliveryID = deliveryID
        self.kind = kind
        self.receivedAt = receivedAt
        self.body = body
        self.content = content
    }
}

/// What became of an acceptance that is on disk.
package enum AcceptanceOutcome: Sendable, Hashable {
    /// It is new; these destinations have work that is due. The reason explains a verdict that sends nothing.
    case accepted(sequence: Int, verdict: AcceptanceVerdict, reason: String? = nil, due: [String])
    /// It had been accepted before.
    case duplicate(sequence: Int)
}

/// What an accepted delivery led to; its name is kept in the journal.
package enum AcceptanceVerdict: String, Sendable, Hashable {
    /// Jobs were made.
    case planned
    /// The event repeats an open alarm.
    case repeated
    /// It came after its alarm was over.
    case superseded
    /// No route matches it.
    case unrouted
    /// Its kind stands for no action.
    case noAction = "no-action"
    /// Its body was not understood.
    case deadLetter = "dead-letter"
}
