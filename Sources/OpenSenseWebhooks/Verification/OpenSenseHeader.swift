/// The names of the sender's headers; HTTP compares them without regard to case.
///
/// - Source: OpenSense webhook documentation, "Signature".
public enum OpenSenseHeader: Sendable {
    /// What all of them begin with.
    package static let prefix = "X-OpenSense-"
    /// `t=1717248000,v1=…`: the only authenticated header.
    public static let signature = "X-OpenSense-Signature"
    /// The delivery's id.
    ///
    /// Not signed: the `delivery.id` of the body is.
    public static let deliveryID = "X-OpenSense-Delivery-Id"
    /// The timestamp again.
    ///
    /// Not signed: the `t` of the signature header is.
    public static let timestamp = "X-OpenSense-Timestamp"
}
