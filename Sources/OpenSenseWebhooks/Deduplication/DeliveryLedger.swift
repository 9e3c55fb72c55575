/// Remembers which deliveries were handled, so that a retry or a replay is not handled again.
///
/// A delivery is *claimed* before it is handled and *committed* after; when its handler fails, the claim is
/// *released* and the sender's next retry starts afresh. A claim holds for a lease: should the process die,
/// the first claim after the lease has run out succeeds. Of any number of concurrent claims on one key
/// exactly one is fresh.
///
/// A ledger reads its own clock, independent of the receiver's. Share one among all receivers of a source:
/// ``InMemoryDeliveryLedger`` within one process, and with several instances one that is kept in SQLite or
/// PostgreSQL; see <doc:DeduplicateAcrossInstances>.
public protocol DeliveryLedger: Sendable {
    /// Claims a delivery for `leaseSeconds`.
    ///
    /// - Parameters:
    ///   - key: The delivery.
    ///   - leaseSeconds: How long the claim holds without being renewed; at least 1.
    /// - Throws: ``StoreError``; then nothing is claimed, as far as the ledger knows.
    func claim(_ key: DeliveryKey, leaseSeconds: Int) async throws(StoreError) -> DeliveryClaim

    /// Makes a claim hold for `leaseSeconds` from now.
    ///
    /// - Returns: False when it ran out and another claim holds the key, or when it is committed.
    /// - Throws: ``StoreError``; the claim then holds for what was left of its lease.
    func renew(_ ticket: ClaimTicket, leaseSeconds: Int) async throws(StoreError) -> Bool

    /// Remembers the delivery as handled, for as long as the ledger keeps them.
    ///
    /// It does so also when the lease has run out in the meantime: what is done is done.
    ///
    /// - Throws: ``StoreError``; the claim then ends with its lease, and a replay after that would be handled
    ///   again.
    func commit(_ ticket: ClaimTicket) async throws(StoreError)

    /// Gives the claim up, so that the delivery can be claimed afresh at once.
    ///
    /// Does nothing when the claim is no longer the ticket's.
    ///
    /// - Throws: ``StoreError``; the claim then ends with its lease.
    func release(_ ticket: ClaimTicket) async throws(StoreError)
}

/// What became of an attempt to claim a delivery.
public enum DeliveryClaim: Sendable, Hashable {
    /// It is the caller's to handle.
    case fresh(ClaimTicket)
    /// It is being handled; an acknowledgement now would lose it, should the handler fail.
    case inFlight
    /// It was handled.
    case done
}

/// The right to commit or release a claim.
///
/// The number distinguishes successive claims on a key, so that the holder of an expired lease cannot release
/// a later claim.
public struct ClaimTicket: Sendable, Hashable {
    /// The delivery.
    public let key: DeliveryKey
    /// Which claim on it.
    public let number: Int

    /// A ticket, for implementing a ledger.
    public init(key: DeliveryKey, number: Int) {
        self.key = key
        self.number = number
    }
}

/// How long a ledger remembers a delivery.
public struct LedgerRetention: Sendable, Hashable {
    /// From the sender's first attempt to its last retry, in seconds: 5 s + 30 s + 5 min + 30 min + 1 h + 6
    /// h.
    ///
    /// - Source: OpenSense webhook documentation, "Retry policy".
    public static let retryHorizonSeconds = 27_335

    /// 24 hours.
    public static let standard = LedgerRetention(forgettingRetriesAfterSeconds: 86_400)

    /// The time after the commit, in seconds.
    public let seconds: Int

    /// Remembers a delivery for `seconds` after it was handled.
    ///
    /// - Parameter seconds: At least ``retryHorizonSeconds``.
    /// - Throws: ``LedgerSetupError/retentionTooShort(seconds:)``: a ledger that forgets sooner than the
    ///   sender does handles a late retry twice.
    public init(seconds: Int) throws(LedgerSetupError) {
        guard seconds >= Self.retryHorizonSeconds else { throw .retentionTooShort(seconds: seconds) }
        self.seconds = seconds
    }

    /// Remembers a delivery for any number of seconds, also for fewer than the sender's retries take.
    ///
    /// A retry that comes later is handled as if it were new.
    ///
    /// - Parameter seconds: At least 1; less is taken as 1.
    public init(forgettingRetriesAfterSeconds seconds: Int) { self.seconds = max(seconds, 1) }
}

/// Why a ledger cannot be made.
@nonexhaustive public enum LedgerSetupError: Error, Hashable, CustomStringConvertible {
    /// The retention is shorter than ``LedgerRetention/retryHorizonSeconds``.
    case retentionTooShort(seconds: Int)
    /// There is no room for a single delivery.
    case noRoom(idsMax: Int, bytesMax: Int)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .retentionTooShort(let seconds):
            "A retention of \(seconds) s is shorter than the \(LedgerRetention.retryHorizonSeconds) s "
                + "over which OpenSense tries again; a late retry would be handled twice."
        case .noRoom(let idsMax, let bytesMax):
            "A ledger of \(idsMax) ids in \(bytesMax) bytes has no room for a delivery."
        }
    }
}
