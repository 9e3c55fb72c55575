internal import GroupCommit
internal import LedgerTime
public import OpenSenseWebhooks

/// A ledger in PostgreSQL, for any number of instances on any number of machines.
///
/// Leases and retention are counted on the server's clock, so the instances' own may differ. The connection
/// is made again when it breaks, or when a transaction is not done in 10 s; until then every operation throws
/// ``/OpenSenseWebhooks/StoreError`` and the sender is asked to try again. Nothing that is handled is
/// forgotten because the server's clock was set forward: what seems to be too old then is remembered for
/// another retention. After it was set back a claim is over when its end is more than two of its leases
/// ahead. The table is `opensense_ledger_v1`, made when it is missing.
public final class PostgreSQLDeliveryLedger: DeliveryLedger {
    private let commits: GroupCommit<PostgreSQLLedgerStore>
    private let retentionSeconds: Int
    private let unixSeconds: (@Sendable () -> Int)?

    /// Connects, and makes the table when it is missing.
    ///
    /// - Parameters:
    ///   - connectionString: A `postgres://` address or a libpq connection string; it may name several hosts,
    ///     of which the one that takes writes is used. Keep passwords out of it: libpq reads `PGPASSWORD` and
    ///     `~/.pgpass`.
    ///   - retention: How long a delivery is remembered after its commit.
    ///   - unixSeconds: A clock in place of the server's, for tests.
    ///   - uptimeSeconds: A clock that cannot be set; by default the system's, or `unixSeconds` where that is
    ///     given.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public convenience init(
        _ connectionString: String, retention: LedgerRetention = .standard,
        unixSeconds: (@Sendable () -> Int)? = nil, uptimeSeconds: (@Sendable () -> Int)? = nil
    ) throws(StoreError) {
        try self.init(
            connectionString, retention, unixSeconds, uptimeSeconds,
            transactionMax: PostgreSQLLedgerStore.transactionMax)
    }

    /// The same with another limit for a transaction.
    package init(
        _ connectionString: String, _ retention: LedgerRetention = .standard,
        _ unixSeconds: (@Sendable () -> Int)? = nil, _ uptimeSeconds: (@Sendable () -> Int)? = nil,
        transactionMax: Duration
    ) throws(StoreError) {
        retentionSeconds = retention.seconds
        self.unixSeconds = unixSeconds
        let time = PostgreSQLLedgerStore.Time(
            retention: retention.seconds, wall: unixSeconds,
            uptime: uptimeSeconds ?? unixSeconds ?? UptimeClock().seconds)
        commits = try GroupCommit(
            PostgreSQLLedgerStore(connectionString, time: time, transactionMax: transactionMax),
            waitingMax: 16_384, batchMax: 256)
    }

    /// Commits what waits and closes the connection; what comes later throws
    /// ``/OpenSenseWebhooks/StoreError`` of the kind `closed`.
    public func close() { commits.close() }

    /// Claims a delivery for `leaseSeconds`.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``; then nothing is claimed, as far as the ledger knows.
    public func claim(_ key: DeliveryKey, leaseSeconds: Int) async throws(StoreError) -> DeliveryClaim {
        let ticket = ClaimTicket(key: key, number: LeaseNumber.random(leaseSeconds: leaseSeconds))
        guard case .claimed(let claim) = try await perform(.claim(leaseSeconds: leaseSeconds), ticket)
        else { preconditionFailure("A claim comes to a claim.") }
        return claim
    }

    /// Makes a claim hold for `leaseSeconds` from now.
    ///
    /// - Returns: False when it ran out and another claim holds the key, or when it is committed.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func renew(_ ticket: ClaimTicket, leaseSeconds: Int) async throws(StoreError) -> Bool {
        guard case .held(let isHeld) = try await perform(.renew(leaseSeconds: leaseSeconds), ticket)
        else { preconditionFailure("A renewal comes to whether the claim was held.") }
        return isHeld
    }

    /// Remembers the delivery as handled, for the retention.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func commit(_ ticket: ClaimTicket) async throws(StoreError) {
        _ = try await perform(.commit(retentionSeconds: retentionSeconds), ticket)
    }

    /// Gives the claim up; does nothing when it is no longer the ticket's.
    ///
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    public func release(_ ticket: ClaimTicket) async throws(StoreError) {
        _ = try await perform(.release, ticket)
    }

    private func perform(
        _ request: PostgreSQLLedgerStore.Operation.Request, _ ticket: ClaimTicket
    ) async throws(StoreError) -> PostgreSQLLedgerStore.Outcome {
        try await commits.perform(.init(ticket: ticket, request: request, now: unixSeconds?()))
    }
}
