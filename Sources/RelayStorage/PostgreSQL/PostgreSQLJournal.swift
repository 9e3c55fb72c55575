package import OpenSenseWebhooks
package import PostgreSQLClient
package import RelayCore

/// The journal in PostgreSQL, which several relays can share.
///
/// A batch of operations is one transaction in two round trips, however many operations it has. Relays keep a
/// common order by locking the rows of incidents. When the connection breaks, operations fail with
/// ``/OpenSenseWebhooks/StoreError/Kind/unreachable`` until it can be made again.
///
/// Times are kept on the server's clock, as the relays' own may differ.
package typealias PostgreSQLJournal = StoreJournal<PostgreSQLStore>

extension StoreJournal where Store == PostgreSQLStore {
    /// Connects, and makes the tables when there are none.
    ///
    /// - Parameters:
    ///   - connectionString: A `postgres://` address or a libpq connection string; it may name several hosts,
    ///     of which the one that takes writes is used.
    ///   - destinations: The names of the destinations there are now; nil for any.
    ///   - quarantine: The bounds of the quarantine; those for a minute are each relay's own.
    ///   - usesServerClock: Whether times are the server's; those of the callers are for tests.
    ///   - dueScan: Where looks for due jobs begin.
    ///   - claimMilliseconds: For how long what one relay has taken of people's requests is left to it.
    ///   - patience: For how long the server is waited for.
    ///   - now: The caller's time.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    package convenience init(
        _ connectionString: String, destinations: Set<String>? = nil,
        quarantine: QuarantineBounds = QuarantineBounds(), usesServerClock: Bool = true,
        dueScan: DueScan = DueScan(), claimMilliseconds: Int = 60_000,
        patience: AnswerPatience = AnswerPatience(), now: WallTime
    ) throws(StoreError) {
        let store = try PostgreSQLStore(
            connectionString, quarantine: quarantine, destinations: destinations,
            usesServerClock: usesServerClock, dueScan: dueScan, claimMilliseconds: claimMilliseconds,
            patience: patience)
        try self.init(store, now: now) { patience.end() }
    }

    /// Opens a journal, or one that goes on trying where the server cannot be reached within 3 s.
    ///
    /// It may be that the database starts later than the relay; any other fault within that time is a
    /// person's.
    ///
    /// - Parameters:
    ///   - connectionString: As above.
    ///   - destinations: As above.
    ///   - wallTime: The wall clock.
    ///   - onLateOpen: Called with the destinations that are gone, where that is known only later.
    package static func openWhenReachable(
        _ connectionString: String, destinations: Set<String>, wallTime: @escaping @Sendable () -> WallTime,
        onLateOpen: @escaping @Sendable ([String]) -> Void
    ) throws(StoreError) -> any OpenJournal {
        let patience = AnswerPatience()
        return try ReopeningJournal.open(
            within: firstAttemptMilliseconds, onOpen: onLateOpen, onEnd: { patience.end() }
        ) { () throws(StoreError) in
            try PostgreSQLJournal(
                connectionString, destinations: destinations, patience: patience, now: wallTime())
        }
    }

    /// How long a relay that starts waits for its server before it listens, in milliseconds: its sender is
    /// to hear "later" rather than that the port is closed.
    private static var firstAttemptMilliseconds: Int { 3_000 }

    /// Whether a connection string can be understood, as far as that can be checked without connecting.
    package static func isWellFormed(_ connectionString: String) -> Bool {
        PostgreSQLStore.isWellFormed(connectionString)
    }
}
