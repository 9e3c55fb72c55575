internal import OpenSenseWebhooks

/// The relay's answer to one webhook request.
struct RelayAnswer {
    var status: Int
    var code: String
    var retryAfterSeconds: Int?

    /// What its HTTP server says of itself.
    init(status: Int, code: String) { (self.status, self.code) = (status, code) }

    init(_ response: WebhookResponse) {
        (status, code) = (response.status, response.code)
        retryAfterSeconds = response.retryAfterSeconds
    }
}
