internal import GroupCommit
public import OpenSenseWebhooks
internal import SQLiteClient

/// A ledger in an SQLite file, for the processes of one machine.
///
/// It outlives a crash: what is committed is on disk, and a claim that was held then is taken over once its
/// lease has run out. One thread writes, and many waiting operations share one fsync. The file may hold other
/// tables; the ledger's is `opensense_ledger_v1`.
///
/// Leases and retention are counted on the wall clock. A clock set forward by more than a lease can let a
/// second process take over what the first still handles.
public final class SQLiteDeliveryLedger: DeliveryLedger {
    private let commits: GroupCommit<SQLiteLedgerStore>
    private let retentionSeconds: Int
    private let unixSeconds: @Sendable () -> Int

    /// Opens the file, and makes it when there is none.
    ///
    /// - Parameters:
    ///   - path: The file, whose folder must exist and be writable.
    ///   - retention: How long a delivery is remembered after its commit.
    ///   - unixSeconds: The wall clock; by default the system's.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public init(
        path: String, retention: LedgerRetention = .standard, unixSeconds: (@Sendable () -> Int)? = nil
    ) throws(StoreError) {
        retentionSeconds = retention.seconds
        self.unixSeconds = unixSeconds ?? ReceiverClock.system.unixSeconds
        commits = try GroupCommit(SQLiteLedgerStore(path: path), waitingMax: 16_384, batchMax: 1_024)
    }

    /// Commits what waits and closes the file; what comes later throws ``/OpenSenseWebhooks/StoreError`` of
    /// the kind `closed`.
    public func close() { commits.close() }

    /// Claims a delivery for `leaseSeconds`.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``; then nothing is claimed, as far as the ledger knows.
    public func claim(_ key: DeliveryKey, leaseSeconds: Int) async throws(StoreError) -> DeliveryClaim {
        let now = unixSeconds()
        let number = Int.random(in: 1...Int.max)
        let ticket = ClaimTicket(key: key, number: number)
        guard
            case .claimed(let claim) = try await commits.perform(
                .claim(ticket, now: now, until: now + leaseSeconds))
        else { preconditionFailure("A claim comes to a claim.") }
        return claim
    }

    /// Makes a claim hold for `leaseSeconds` from now.
    ///
    /// - Returns: False when it ran out and another claim holds the key, or when it is committed.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func renew(_ ticket: ClaimTicket, leaseSeconds: Int) async throws(StoreError) -> Bool {
        guard
            case .held(let isHeld) = try await commits.perform(
                .renew(ticket, until: unixSeconds() + leaseSeconds))
        else { preconditionFailure("A renewal comes to whether the claim was held.") }
        return isHeld
    }

    /// Remembers the delivery as handled, for the retention.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func commit(_ ticket: ClaimTicket) async throws(StoreError) {
        _ = try await commits.perform(.commit(ticket, until: unixSeconds() + retentionSeconds))
    }

    /// Gives the claim up; does nothing when it is no longer the ticket's.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func release(_ ticket: ClaimTicket) async throws(StoreError) {
        _ = try await commits.perform(.release(ticket))
    }
}
