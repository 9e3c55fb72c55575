extension WebhookSigner {
    /// A request as OpenSense sends it: the body with its signature.
    ///
    /// For tests of a receiver and of what stands behind it.
    ///
    /// - Parameters:
    ///   - body: The raw bytes of the body.
    ///   - timestamp: The signed time, in seconds since 1970-01-01T00:00:00Z; a negative one stops the
    ///     process.
    /// - Throws: ``VerificationError/cryptographyUnavailable``.
    public func request(body: [UInt8], timestamp: Int) throws(VerificationError) -> WebhookRequest {
        let value = try signatureHeader(body: body.span, timestamp: timestamp)
        return WebhookRequest(headers: [OpenSenseHeader.signature: value], body: body)
    }
}
