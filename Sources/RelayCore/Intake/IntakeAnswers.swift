package import OpenSenseWebhooks

/// The answers that only the relay gives.
extension WebhookResponse {
    static func accepted(_ id: String) -> WebhookResponse {
        WebhookResponse(status: 200, code: "accepted", message: "The delivery is stored.", deliveryID: id)
    }
    static func duplicate(_ id: String) -> WebhookResponse {
        WebhookResponse(
            status: 200, code: "duplicate", message: "The delivery was stored before.", deliveryID: id)
    }
    static func notUnderstood(_ id: String) -> WebhookResponse {
        WebhookResponse(
            status: 200, code: "not-understood",
            message: "The delivery is stored for a person to look at: its body is not a known event.",
            deliveryID: id)
    }
    /// A field of OpenSense's that stands twice: it could be read in two ways.
    package static func headerRepeated(_ name: String) -> WebhookResponse {
        WebhookResponse(
            status: 400, code: "opensense-header-repeated", message: "\(name) appears more than once.")
    }
    static let getOnly = WebhookResponse(
        status: 405, code: "method-not-allowed", message: "This path is read with GET.", allow: "GET, HEAD")
    static let healthy = WebhookResponse(status: 200, code: "ok", message: "The relay is running.")
    static let ready = WebhookResponse(status: 200, code: "ready", message: "The store can commit.")

    /// The answer while a store fails: a 5xx would use up one of the sender's tries.
    static func failure(_ error: StoreError, random: UInt64) -> WebhookResponse {
        guard error.kind == .overloaded else {
            return .later(.storeUnavailable, random: random)
        }
        return .overloaded(retryAfterSeconds: later(random))
    }

    /// An answer for what may be well soon, as one that asks the sender to come again.
    package static func later(_ answer: WebhookResponse, random: UInt64) -> WebhookResponse {
        answer.puttingOff(retryAfterSeconds: later(random))
    }

    /// Seconds that differ, so that what is turned away together does not come back together.
    private static func later(_ random: UInt64) -> Int { 1 + Int(random % 30) }
}
