internal import OpenSenseWebhooks
internal import RelayCore

/// A webhook request in the network.
struct WireRequest {
    /// Where the sender sends to.
    static let path = "/opensense"
    static let origin = RequestOrigin(peer: "sender", path: path)
    /// Another webhook of the same account.
    static let secondPath = "/opensense/second"

    /// The event it carries; nil for a forged one.
    let event: Int?
    let deliveryID: String
    /// When it was signed, in milliseconds.
    let signedAt: Int
    let signature: String
    let body: [UInt8]
    /// The webhook's.
    var path = Self.path

    /// As it leaves the relay's HTTP server.
    var received: Intake.Request {
        Intake.Request(
            origin: RequestOrigin(peer: "sender", path: path),
            webhook: WebhookRequest(
                headers: [
                    (name: OpenSenseHeader.signature, value: signature),
                    (name: OpenSenseHeader.deliveryID, value: deliveryID),
                ], body: body))
    }
}
