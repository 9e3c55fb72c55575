package import OpenSenseWebhooks

/// Whether a transaction on a server that several relays share is run again after it failed.
///
/// It is run again only where nothing of it can have been committed: what a broken connection took along is
/// for the caller to ask for again, as the server may have it.
package struct TransactionAttempts: Sendable {
    /// How often a transaction is run at the most.
    package static let countMax = 5

    private var count = 0

    /// None yet.
    package init() {}

    /// Notes that an attempt begins.
    package mutating func begin() { count += 1 }

    /// Whether there is to be another attempt.
    ///
    /// - Parameters:
    ///   - error: What the last one failed with.
    ///   - hasRead: Whether the server had answered what the transaction reads first.
    ///   - wasRaced: Whether the server has undone it in favour of a concurrent one.
    package func mayRepeat(after error: StoreError, hasRead: Bool, wasRaced: Bool) -> Bool {
        // A connection that broke while idle is only noticed by its next use.
        let wasIdle = error.kind == .unreachable && !hasRead && count == 1
        return (wasIdle || wasRaced) && count < Self.countMax
    }
}
