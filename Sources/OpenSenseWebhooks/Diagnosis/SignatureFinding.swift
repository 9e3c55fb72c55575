/// One thing that is wrong with a signed request.
public struct SignatureFinding: Sendable, Hashable {
    /// The stable name.
    public let code: String
    /// One sentence that says what is wrong and what would make it right.
    public let message: String
}
