/// The answers that only this receiver gives.
extension WebhookResponse {
    static let shuttingDown = WebhookResponse(
        status: 429, code: "draining", message: "The receiver is shutting down; send it again.",
        retryAfterSeconds: 5)

    static func handled(_ id: String?) -> WebhookResponse {
        WebhookResponse(status: 200, code: "accepted", message: "The delivery is handled.", deliveryID: id)
    }
    static func notUnderstood(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 200, code: "not-understood",
            message: "The delivery is kept for a person to look at: its body is not a known event.",
            deliveryID: id)
    }
    static func duplicate(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 200, code: "duplicate", message: "The delivery was handled before.", deliveryID: id)
    }
    static func inFlight(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 429, code: "in-flight",
            message: "The delivery is being handled; send it again, in case that fails.", deliveryID: id,
            retryAfterSeconds: 1)
    }
    static func handlerFailed(_ id: String?, retryAfterSeconds: Int) -> WebhookResponse {
        WebhookResponse(
            status: 503, code: "handler-failed",
            message: "The delivery could not be handled; send it again.", deliveryID: id,
            retryAfterSeconds: retryAfterSeconds)
    }
    static func handlerSlow(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 429, code: "handler-slow",
            message: "The delivery is still being handled; retry it for the result.", deliveryID: id,
            retryAfterSeconds: 5)
    }
    static func ledgerSlow(_ id: String?, retryAfterSeconds: Int) -> WebhookResponse {
        WebhookResponse(
            status: 429, code: "ledger-slow",
            message: "Whether the delivery was handled is not known yet; send it again.", deliveryID: id,
            retryAfterSeconds: retryAfterSeconds)
    }
}
