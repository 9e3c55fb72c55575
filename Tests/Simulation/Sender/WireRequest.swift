/// A webhook request in the network.
struct WireRequest {
    /// The event it carries; nil for a forged one.
    let event: Int?
    let deliveryID: String
    let signature: String
    let body: [UInt8]
}
