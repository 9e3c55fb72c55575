internal import GroupCommit
internal import LedgerTime
public import OpenSenseWebhooks
internal import SQLiteClient

/// A ledger in an SQLite file, for the processes of one machine.
///
/// It outlives a crash: what is committed is on disk, and a claim that was held then is taken over once its
/// lease has run out. One thread writes, and many waiting operations share one fsync. The file may hold other
/// tables; the ledger's is `opensense_ledger_v1`.
///
/// Leases and retention are counted on the wall clock. A clock set forward by more than a lease can let a
/// second process take over what the first still handles; set back, a claim is over when its end is more than
/// two of its leases ahead. Nothing that is handled is forgotten because the clock was set forward while the
/// ledger is open, or while it was closed: what seems to be too old then is remembered for another retention.
///
/// A transaction of another process is waited for, 10 s at most. A file that was removed, moved, replaced or
/// cut is noticed: every operation throws then.
public final class SQLiteDeliveryLedger: DeliveryLedger {
    private let commits: GroupCommit<SQLiteLedgerStore>

    /// Opens the file, and makes it when there is none.
    ///
    /// - Parameters:
    ///   - path: The file, whose folder must exist and be writable.
    ///   - retention: How long a delivery is remembered after its commit.
    ///   - unixSeconds: The wall clock; by default the system's.
    ///   - uptimeSeconds: A clock that cannot be set; by default the system's, or `unixSeconds` where that is
    ///     given.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public init(
        path: String, retention: LedgerRetention = .standard, unixSeconds: (@Sendable () -> Int)? = nil,
        uptimeSeconds: (@Sendable () -> Int)? = nil
    ) throws(StoreError) {
        let time = SQLiteLedgerStore.Time(
            retention: retention.seconds, wall: unixSeconds ?? ReceiverClock.system.unixSeconds,
            uptime: uptimeSeconds ?? unixSeconds ?? UptimeClock().seconds)
        commits = try GroupCommit(
            SQLiteLedgerStore(path: path, time: time), waitingMax: 16_384, batchMax: 1_024)
    }

    /// Commits what waits and closes the file; what comes later throws ``/OpenSenseWebhooks/StoreError`` of
    /// the kind `closed`.
    public func close() { commits.close() }

    /// Claims a delivery for `leaseSeconds`.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``; then nothing is claimed, as far as the ledger knows.
    public func claim(_ key: DeliveryKey, leaseSeconds: Int) async throws(StoreError) -> DeliveryClaim {
        let ticket = ClaimTicket(key: key, number: LeaseNumber.random(leaseSeconds: leaseSeconds))
        guard
            case .claimed(let claim) = try await commits.perform(.claim(ticket, leaseSeconds: leaseSeconds))
        else { preconditionFailure("A claim comes to a claim.") }
        return claim
    }

    /// Makes a claim hold for `leaseSeconds` from now.
    ///
    /// - Returns: False when it ran out and another claim holds the key, or when it is committed.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func renew(_ ticket: ClaimTicket, leaseSeconds: Int) async throws(StoreError) -> Bool {
        guard case .held(let isHeld) = try await commits.perform(.renew(ticket, leaseSeconds: leaseSeconds))
        else { preconditionFailure("A renewal comes to whether the claim was held.") }
        return isHeld
    }

    /// Remembers the delivery as handled, for the retention.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func commit(_ ticket: ClaimTicket) async throws(StoreError) {
        _ = try await commits.perform(.commit(ticket))
    }

    /// Gives the claim up; does nothing when it is no longer the ticket's.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func release(_ ticket: ClaimTicket) async throws(StoreError) {
        _ = try await commits.perform(.release(ticket))
    }
}
