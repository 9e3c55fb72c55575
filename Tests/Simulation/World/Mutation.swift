/// A fault that is put into the world on purpose, to see whether the checker notices.
package enum Mutation: String, CaseIterable, Sendable {
    /// The disk says that a sync worked and does nothing.
    case ignoreSyncs = "ignore-syncs"
    /// A delivery is answered before it is committed.
    case acknowledgeEarly = "acknowledge-early"
    /// What is known of the newest clear is forgotten before each transaction.
    case forgetClears = "forget-clears"
    /// The second job of a lane is due while the first is leased.
    case releaseLanes = "release-lanes"
    /// A leased job is due again at once.
    case forgetLeases = "forget-leases"
}
