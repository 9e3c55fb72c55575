internal import CLibPQ
internal import OpenSenseWebhooks

/// How long is waited for a server that does not answer, and what becomes of its process.
extension PostgreSQLConnection {
    /// A limit for all that is asked in a transaction, together.
    struct Deadline {
        let limit: Duration
        let instant: ContinuousClock.Instant

        var isOver: Bool { instant <= .now }
    }

    /// Gives up what is asked from now on when it is not done after `limit`, also a commit that waits for a
    /// replica.
    package func limit(to limit: Duration) { deadline = Deadline(limit: limit, instant: .now + limit) }

    /// Whether the process of the server that works for this connection waits for a replica to have a commit,
    /// asked on a connection of the moment; false where nothing is known.
    func isWaitingForReplica(_ process: Int32) -> Bool {
        guard let other = connectionOfTheMoment(),
            let rows = try? other.query(
                "SELECT 1 FROM pg_stat_activity WHERE pid = $1::bigint AND wait_event = 'SyncRep'",
                [.integer(Int(process))])
        else { return false }
        return rows.count == 1
    }

    /// Ends the process of the server that works for this connection, on a connection of the moment: what is
    /// left waiting keeps its locks, and its place among the server's connections.
    func endProcess(_ process: Int32) {
        let other = connectionOfTheMoment()
        other?.limit(to: Self.endingLimit)
        // One that cannot be ended is left to the server.
        _ = try? other?.query("SELECT pg_terminate_backend($1::bigint::int)", [.integer(Int(process))])
    }

    private func connectionOfTheMoment() -> PostgreSQLConnection? {
        try? PostgreSQLConnection(
            connectionString, setUp: "SET statement_timeout = '5s';", patience: patience)
    }

    /// For how long the end of a process is waited for.
    private static let endingLimit = Duration.seconds(1)

    /// Gives up a connection whose transaction has taken too long.
    func giveUp(_ handle: OpaquePointer, _ deadline: Deadline) -> StoreError {
        let process = unsafe PQbackendPID(handle)
        disconnect()
        endProcess(process)
        let milliseconds = Int(deadline.limit / .milliseconds(1))
        return StoreError(
            .unreachable,
            "PostgreSQL did not answer in \(milliseconds) ms. The connection was given up; the next call makes it "
                + "anew. Look what the server waits for: a lock, its disk, a replica.")
    }
}
