internal import OpenSenseWebhooks

/// A body and the headers that OpenSense sends with it.
struct SignedRequest {
    let fields: [HeaderField]
    let body: [UInt8]

    /// Signs `body` at `unixSeconds`, counted from 1970-01-01T00:00:00Z.
    ///
    /// - Throws: ``CommandError`` with code 69 when libcrypto fails.
    init(body: [UInt8], unixSeconds: Int, signer: WebhookSigner) throws(CommandError) {
        let signature: String
        do { signature = try signer.signatureHeader(body: body.span, timestamp: unixSeconds) } catch {
            throw CommandError(.unavailable, error.description)
        }
        self.body = body
        // A body that is no delivery has no id; the header gets a fresh one.
        let id = (try? Delivery(body: body))?.id ?? "wh_\(Live.freshID())"
        fields = [
            .init("Content-Type", "application/json"),
            .init(OpenSenseHeader.signature, signature),
            .init(OpenSenseHeader.deliveryID, id),
            .init(OpenSenseHeader.timestamp, "\(unixSeconds)"),
        ]
    }
}
