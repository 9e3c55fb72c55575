/// A webhook on its way.
struct WireRequest {
    /// The event it tells of; nil for a forged one.
    let event: Int?
    let deliveryID: String
    let signature: String
    let body: [UInt8]
}
