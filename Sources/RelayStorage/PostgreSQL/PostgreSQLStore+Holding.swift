internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// Another relay takes a due job without the lock of its incident.
///
/// So it may do that, too, after this transaction has read the job as one of which nothing was sent.
extension PostgreSQLStore {
    /// Keeps jobs of a lane from being taken until the transaction ends.
    ///
    /// Only what is due can be taken. Those that are being taken count as leased from now on.
    ///
    /// - Returns: Whether none was taken since the lane was read; otherwise what was decided has to be
    ///   decided again.
    func hold(_ jobs: [Int], of lane: PostgreSQLBatch.Lane) throws(StoreError) -> Bool {
        let due = lane.jobs.indices.filter { index in
            let job = lane.jobs[index]
            return job.state == .pending && job.isDue && jobs.contains(job.id)
        }
        guard !due.isEmpty else { return true }
        let found = try query([
            PostgreSQLStatement(
                """
                SELECT id FROM jobs WHERE id = ANY ($1::bigint[]) AND state = 'pending' ORDER BY id
                    FOR UPDATE SKIP LOCKED
                """, [.integers(due.map { lane.jobs[$0].id })])
        ])[0]
        let held = Set((0..<found.count).compactMap { found.integer($0, 0) })
        let taken = due.filter { !held.contains(lane.jobs[$0].id) }
        for index in taken { lane.jobs[index].state = .leased }
        return taken.isEmpty
    }
}
