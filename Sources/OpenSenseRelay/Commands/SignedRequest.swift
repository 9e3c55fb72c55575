internal import OpenSenseWebhooks

/// A body and the headers that OpenSense sends with it.
struct SignedRequest {
    let fields: [Capture.Field]
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
            .init(name: "Content-Type", value: "application/json"),
            .init(name: OpenSenseHeader.signature, value: signature),
            .init(name: OpenSenseHeader.deliveryID, value: id),
            .init(name: OpenSenseHeader.timestamp, value: "\(unixSeconds)"),
        ]
    }
}
