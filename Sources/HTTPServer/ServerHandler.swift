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

    /// Words what the server itself refuses, so that all answers have one shape.
    ///
    /// The status should be ``ServerRefusal/status``; whether the connection closes is up to the server.
    ///
    /// - Parameters:
    ///   - refusal: Why it is refused.
    ///   - peer: The address of the peer.
    ///   - target: The request target as far as it could be read, else empty.
    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse
}
