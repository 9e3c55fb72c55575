/// A delivery that a bounded ledger forgot before its time; a retry of it would be handled again.
public struct LedgerEviction: Sendable, Hashable {
    /// The delivery's key; ids themselves are not kept.
    public let key: DeliveryKey
    /// How much longer it was to be remembered, in seconds.
    public let remainingSeconds: Int
}
