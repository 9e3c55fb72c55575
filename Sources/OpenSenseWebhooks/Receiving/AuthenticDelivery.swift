/// A delivery whose signature holds, whose age is right, and which was not handled before.
public struct AuthenticDelivery: Sendable {
    /// The delivery; its `event` says what happened.
    public let delivery: Delivery
    /// The signature.
    public let signature: VerifiedSignature
    /// The name of the source that the receiver was given.
    public let source: String

    /// A delivery, for calling a handler in a test.
    public init(delivery: Delivery, signature: VerifiedSignature, source: String = "") {
        self.delivery = delivery
        self.signature = signature
        self.source = source
    }
}

/// A body whose signature holds but which is no delivery that this version can read.
///
/// OpenSense sent it, so it may be an alarm. Keep it where a person will look.
public struct UnreadableDelivery: Sendable {
    /// The body as it was received.
    public let body: [UInt8]
    /// Why it cannot be read.
    public let reason: DeliveryError
    /// The id in the header, which is not signed.
    public let deliveryIDHeader: String?
    /// The signature.
    public let signature: VerifiedSignature
    /// The name of the source that the receiver was given.
    public let source: String

    /// A body, for calling a handler in a test.
    public init(
        body: [UInt8], reason: DeliveryError, deliveryIDHeader: String?, signature: VerifiedSignature,
        source: String = ""
    ) {
        self.body = body
        self.reason = reason
        self.deliveryIDHeader = deliveryIDHeader
        self.signature = signature
        self.source = source
    }
}
