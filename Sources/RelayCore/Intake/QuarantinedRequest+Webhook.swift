internal import OpenSenseWebhooks

/// A request on its way into the quarantine, and out of it.
extension QuarantinedRequest {
    /// A request, with the headers that a later check needs.
    init(_ request: Intake.Request, code: String, receivedAt: WallTime) {
        let webhook = request.webhook
        var lines = webhook.signatureHeaders.map { "\(OpenSenseHeader.signature): \($0)" }
        if let id = webhook.deliveryIDHeader { lines.append("\(OpenSenseHeader.deliveryID): \(id)") }
        if let time = webhook.timestampHeader { lines.append("\(OpenSenseHeader.timestamp): \(time)") }
        self.init(
            receivedAt: receivedAt, path: request.origin.path, code: code,
            header: lines.joined(separator: "\n"), body: webhook.body)
    }

    /// The request as it was, but for headers that say nothing about its signature.
    var webhook: WebhookRequest {
        let lines = header.split(separator: "\n").map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1].dropFirst()) : "")
        }
        return WebhookRequest(headers: lines, body: body)
    }
}
