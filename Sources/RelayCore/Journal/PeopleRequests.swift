/// What people have asked the relay to process again.
package struct PeopleRequests: Sendable, Hashable {
    /// Requests whose signature did not hold, to be checked with the present secrets.
    package var captures: [Capture]
    /// Deliveries that were not understood, to be read by the present version.
    package var deliveries: [Unread]

    /// Requests of people.
    package init(captures: [Capture], deliveries: [Unread]) {
        self.captures = captures
        self.deliveries = deliveries
    }

    /// One of them.
    enum Item: Sendable {
        case capture(Capture)
        case unread(Unread)
    }

    /// All of them.
    var items: [Item] { captures.map(Item.capture) + deliveries.map(Item.unread) }

    /// A request from the quarantine.
    package struct Capture: Sendable, Hashable {
        /// Its number there.
        package var number: Int
        /// The request as it was kept.
        package var request: QuarantinedRequest

        /// A request.
        package init(number: Int, request: QuarantinedRequest) {
            self.number = number
            self.request = request
        }
    }

    /// A delivery that is a dead letter because it was not understood.
    package struct Unread: Sendable, Hashable {
        /// Its number.
        package var sequence: Int
        /// Its id.
        package var deliveryID: String
        /// When it was received.
        package var receivedAt: WallTime
        /// The body as received.
        package var body: [UInt8]

        /// A delivery.
        package init(sequence: Int, deliveryID: String, receivedAt: WallTime, body: [UInt8]) {
            self.sequence = sequence
            self.deliveryID = deliveryID
            self.receivedAt = receivedAt
            self.body = body
        }
    }
}

/// What became of something that a person asked for.
package enum Settlement: Sendable, Hashable {
    /// A request from the quarantine was accepted, and leaves it.
    case captureAccepted(number: Int)
    /// It is refused still, for this reason.
    case captureRefused(number: Int, code: String)
    /// A delivery was read, and another one took its place.
    case deliveryRead(sequence: Int)
    /// It could not be read by this version either.
    case deliveryUnread(sequence: Int)
}
