/// Why a vendor gave no answer.
package struct Unreachable: Sendable, Hashable {
    /// The stable name of the failure.
    package var code: String
    /// For a person; safe to log.
    package var reason: String
    /// Whether the request may have reached the vendor all the same.
    package var mayHaveArrived: Bool
    /// Whether the request itself is at fault, so that no other attempt could do better.
    package var isOfRequest: Bool

    /// A failure.
    package init(code: String, reason: String, mayHaveArrived: Bool = true, isOfRequest: Bool = false) {
        self.code = code
        self.reason = reason
        self.mayHaveArrived = mayHaveArrived
        self.isOfRequest = isOfRequest
    }
}
