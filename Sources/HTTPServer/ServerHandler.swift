/// What a server does with requests.
///
/// Every method runs on a thread of the server and must not block it: while it runs, no other connection of
/// that thread is served.
package protocol ServerHandler: Sendable {
    /// Judges a request by its head, before the body is read.
    ///
    /// A response here ends the exchange: the body is read and thrown away where it is short enough to keep
    /// the connection usable, else the connection closes after the response.
    func admit(_ head: RequestHead) -> ServerResponse?

    /// Takes a whole request.
    ///
    /// `reply` may be called from any thread, now or later, once; later calls are ignored.
    func handle(_ request: ServerRequest, reply: ServerReply)

    /// Comes after the requests that were ready together, so that what they came to can be done together.
    func turnEnded()

    /// Words what the server itself refuses, so that all answers have one shape.
    ///
    /// The status should be ``ServerRefusal/status``; whether the connection closes is up to the server.
    ///
    /// - Parameters:
    ///   - refusal: Why it is refused.
    ///   - peer: The address of the peer.
    ///   - target: The request target as far as it could be read, else empty.
    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse

    /// Hears of what ended without an answer.
    func note(_ notice: ServerNotice)
}

extension ServerHandler {
    /// Does nothing.
    package func turnEnded() {}

    /// Does nothing.
    package func note(_ notice: ServerNotice) {}
}

/// What happened to connections without an answer.
package enum ServerNotice: Sendable, Hashable {
    /// A request had begun, and its rest never came: the client has gone.
    case brokenOff(peer: String, target: String)
    /// A request had begun, and its rest came too slowly (``ServerLimits``).
    case tooSlow(peer: String, target: String)
    /// A request had begun, and its connection made room for another.
    case crowdedOut(peer: String, target: String)
    /// TLS could not be agreed upon.
    ///
    /// - Parameter reason: What was wrong, in words that a peer does not choose.
    case handshakeFailed(peer: String, reason: String)
    /// There was no room for so many connections since the last notice, at most one a minute: the ones that
    /// were idle for longest made room, or new ones were closed.
    case crowded(closed: Int)
}
