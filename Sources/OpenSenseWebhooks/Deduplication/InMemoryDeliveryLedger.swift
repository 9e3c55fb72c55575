internal import Synchronization

/// A ledger for one process; what it knows ends with the process.
///
/// It is bounded. When it is full it evicts the entry that is nearest to its end and reports the eviction; a
/// delivery that is being handled is never forgotten.
///
/// - Unit: about 32 bytes a delivery, however long its id (``bytesPerID``).
public final class InMemoryDeliveryLedger: DeliveryLedger {
    /// What one remembered delivery takes at most, in bytes: its entry, and its share of an index that may be
    /// half empty or have just been doubled.
    public static let bytesPerID = MemoryLayout<LedgerTable.Entry>.stride + 4 * MemoryLayout<UInt32>.stride

    /// The most deliveries it remembers.
    public let idsMax: Int

    private let retentionSeconds: Int
    private let uptimeSeconds: @Sendable () -> Int
    private let onEviction: @Sendable (LedgerEviction) -> Void
    private let table: Mutex<LedgerTable>

    /// An empty ledger.
    ///
    /// - Parameters:
    ///   - idsMax: The most deliveries it remembers; at most 100,000,000.
    ///   - bytesMax: The most memory it takes for them, in bytes.
    ///   - retention: How long it remembers one.
    ///   - uptimeSeconds: A clock that never goes back, in seconds; by default the system's.
    ///   - onEviction: Called each time a delivery is forgotten before its time; it should return soon.
    /// - Throws: ``LedgerSetupError/noRoom(idsMax:bytesMax:)``.
    public init(
        idsMax: Int = 1_000_000, bytesMax: Int = 64 << 20, retention: LedgerRetention = .standard,
        uptimeSeconds: (@Sendable () -> Int)? = nil,
        onEviction: @escaping @Sendable (LedgerEviction) -> Void = { _ in }
    ) throws(LedgerSetupError) {
        let room = min(idsMax, bytesMax / Self.bytesPerID, 100_000_000)
        guard room > 0 else { throw .noRoom(idsMax: idsMax, bytesMax: bytesMax) }
        self.idsMax = room
        retentionSeconds = retention.seconds
        self.uptimeSeconds = uptimeSeconds ?? SteadyClock().seconds
        self.onEviction = onEviction
        table = Mutex(LedgerTable(idsMax: room))
    }

    /// How many deliveries it remembers or has in hand.
    public var count: Int { table.withLock { $0.count } }

    /// Claims a delivery for `leaseSeconds`.
    ///
    /// - Throws: ``StoreError`` of the kind `overloaded` when every delivery it has room for is being
    ///   handled.
    public func claim(_ key: DeliveryKey, leaseSeconds: Int) throws(StoreError) -> DeliveryClaim {
        let now = uptimeSeconds()
        let (claim, eviction) = table.withLock { $0.claim(key, now: now, until: now + leaseSeconds) }
        if let eviction { onEviction(eviction) }
        guard let claim else {
            throw StoreError(.overloaded, "All \(idsMax) deliveries of the ledger are being handled.")
        }
        return claim
    }

    /// Makes a claim hold for `leaseSeconds` from now.
    ///
    /// - Returns: False when it ran out and another claim holds the key, or when it is committed.
    public func renew(_ ticket: ClaimTicket, leaseSeconds: Int) -> Bool {
        let now = uptimeSeconds()
        return table.withLock { $0.renew(ticket, until: now + leaseSeconds) }
    }

    /// Remembers the delivery as handled, for the retention.
    public func commit(_ ticket: ClaimTicket) {
        let now = uptimeSeconds()
        let eviction = table.withLock { $0.commit(ticket, now: now, until: now + retentionSeconds) }
        if let eviction { onEviction(eviction) }
    }

    /// Gives the claim up; does nothing when it is no longer the ticket's.
    public func release(_ ticket: ClaimTicket) { table.withLock { $0.release(ticket) } }
}

/// Seconds since it was made; never goes back.
private struct SteadyClock: Sendable {
    private let start = ContinuousClock.now

    func seconds() -> Int { Int((ContinuousClock.now - start).components.seconds) }
}
