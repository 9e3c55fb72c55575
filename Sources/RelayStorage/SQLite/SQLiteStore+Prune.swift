internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

extension SQLiteStore {
    /// Forgets some of what is older than its retention.
    ///
    /// - Parameter running: For how long the relay has run since the last call, in milliseconds.
    /// - Returns: How much was done; ask again while it is not 0.
    func prune(_ retention: Retention, now: WallTime, running: Int) throws(StoreError) -> Int {
        let total = try countRunning(running, now: now)
        let ledgerRange = try takeRangeToPrune(
            "ledger", olderThan: now.adding(milliseconds: -retention.ledgerMilliseconds),
            acceptedBefore: total - retention.ledgerMilliseconds, now: now)
        try forgetIdentities(ledgerRange)
        let historyRange = try takeRangeToPrune(
            "history", olderThan: now.adding(milliseconds: -retention.historyMilliseconds),
            acceptedBefore: total - retention.historyMilliseconds, now: now)
        let forgotten = try forgetHistory(historyRange)
        let incidents = try forgetIncidents(retention, keptFrom: historyRange.upperBound, now: now, total)
        if let time = try timeOld(for: retention.quarantineSeconds * 1_000, now: now, running: total) {
            try connection.statement("DELETE FROM quarantine WHERE received_at < ?1").run(time)
        }
        try connection.statement(
            """
            DELETE FROM running_time WHERE milliseconds < (
                SELECT max(milliseconds) FROM running_time WHERE milliseconds <= ?1)
            """
        ).run(total - retention.longestMilliseconds)
        return ledgerRange.count + forgotten + incidents
    }

    /// Adds to the time that relays have run, and notes now and then which delivery was the newest at that
    /// time.
    ///
    /// A wall clock that was set forward by days ages nothing faster than this.
    ///
    /// - Returns: Milliseconds in all.
    private func countRunning(_ running: Int, now: WallTime) throws(StoreError) -> Int {
        let last = try connection.statement(
            "SELECT milliseconds, at FROM running_time ORDER BY milliseconds DESC LIMIT 1"
        ).firstRow { ($0.integer(0), $0.wallTime(1)) }
        let total = try runningMilliseconds() + running
        try connection.statement(
            "INSERT INTO marks (name, sequence) VALUES ('running', ?1) ON CONFLICT DO UPDATE SET sequence = excluded.sequence"
        ).run(total)
        if last == nil || total - (last?.0 ?? 0) >= StoreLimits.runningMarkMilliseconds {
            try connection.statement(
                "INSERT INTO running_time (milliseconds, sequence, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
            ).run(total, try nextSequence() - 1, now)
        }
        return total
    }

    /// For how long relays have run, in milliseconds, as the last count says.
    func runningMilliseconds() throws(StoreError) -> Int {
        try connection.statement("SELECT sequence FROM marks WHERE name = 'running'")
            .firstRow { $0.integer(0) } ?? 0
    }

    /// The time before which what was written is `milliseconds` old by the wall clock and by the count of
    /// running time; nil while nothing is.
    func timeOld(
        for milliseconds: Int, now: WallTime, running: Int
    ) throws(StoreError) -> WallTime? {
        try connection.statement(
            "SELECT at FROM running_time WHERE milliseconds <= ?1 ORDER BY milliseconds DESC LIMIT 1"
        ).firstRow(running - milliseconds) { $0.wallTime(0) }?
        .map { min($0, now.adding(milliseconds: -milliseconds)) }
    }

    /// The next sequences to prune, and a note that they are done.
    ///
    /// Sequences grow with time, so a mark of how far the last transaction came saves looking at what is
    /// gone.
    ///
    /// - Parameters:
    ///   - time: What was received before this is old by the wall clock.
    ///   - running: What was accepted when relays had run for less, in milliseconds, is old by that count.
    ///     Both must agree; one from the future is young only by the count.
    private func takeRangeToPrune(
        _ what: String, olderThan time: WallTime, acceptedBefore running: Int, now: WallTime
    ) throws(StoreError) -> Range<Int> {
        let mark =
            try connection.statement("SELECT sequence FROM marks WHERE name = ?1")
            .firstRow(what) { $0.integer(0) } ?? 0
        let start =
            try connection.statement("SELECT min(sequence) FROM deliveries WHERE sequence > ?1")
            .firstRow(mark) { $0.optionalInteger(0) } ?? nil
        let newestOld =
            try connection.statement("SELECT max(sequence) FROM running_time WHERE milliseconds <= ?1")
            .firstRow(running) { $0.optionalInteger(0) } ?? nil
        guard let start, let newestOld, start <= newestOld else { return mark + 1..<mark + 1 }
        let end =
            try connection.statement(
                """
                SELECT min(sequence) FROM (SELECT sequence, received_at FROM deliveries
                    WHERE sequence >= ?1 AND sequence < ?2 ORDER BY sequence)
                    WHERE received_at BETWEEN ?3 AND ?4
                """
            ).firstRow(start, start + StoreLimits.prunedAtOnceMax, time, now) {
                $0.optionalInteger(0)
            } ?? nil
        // The newest stays, so that a sequence is never given twice: keys and marks refer to them.
        let next = min(try nextSequence() - (what == "history" ? 1 : 0), newestOld + 1)
        let range = start..<min(end ?? start + StoreLimits.prunedAtOnceMax, next)
        guard !range.isEmpty else { return range }
        try connection.statement(
            "INSERT INTO marks (name, sequence) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET sequence = excluded.sequence"
        ).run(what, range.upperBound - 1)
        return range
    }

    private func nextSequence() throws(StoreError) -> Int {
        try connection.number("SELECT coalesce(max(sequence), 0) + 1 FROM deliveries")
    }

    private func forgetIdentities(_ range: Range<Int>) throws(StoreError) {
        guard !range.isEmpty else { return }
        // Two statements: for one over both pairs SQLite would read the whole table.
        try connection.statement(
            """
            DELETE FROM ledger WHERE (high, low) IN (
                SELECT high, low FROM deliveries WHERE sequence >= ?1 AND sequence < ?2)
            """
        ).run(range.lowerBound, range.upperBound)
        try connection.statement(
            """
            DELETE FROM ledger WHERE (high, low) IN (
                SELECT high2, low2 FROM deliveries WHERE sequence >= ?1 AND sequence < ?2)
            """
        ).run(range.lowerBound, range.upperBound)
        deliveryIndex.removeKeys(through: range.upperBound - 1)
    }

    /// Forgets deliveries whose jobs are all done; dead letters and what waits stay until a person decides,
    /// and what opened an alarm as long as that lasts.
    ///
    /// What stayed is looked at again in turn, some of it at each run, as it may be done by now.
    ///
    /// - Parameter range: Deliveries that are old now; those before it were old already.
    /// - Returns: How many were looked at for the first time or forgotten.
    private func forgetHistory(_ range: Range<Int>) throws(StoreError) -> Int {
        for sequence in range { _ = try forgetDelivery(sequence) }
        let end = min(range.lowerBound, try nextSequence() - 1)
        var kept: [Int] = []
        try connection.statement(
            "SELECT sequence FROM deliveries WHERE sequence > ?1 AND sequence < ?2 ORDER BY sequence LIMIT ?3"
        ).forEachRow(pruneCursors.keptDelivery, end, StoreLimits.prunedAtOnceMax) {
            kept.append($0.integer(0))
        }
        pruneCursors.keptDelivery = kept.count < StoreLimits.prunedAtOnceMax ? 0 : kept.last ?? 0
        var forgotten = range.count
        for sequence in kept { if try forgetDelivery(sequence) { forgotten += 1 } }
        return forgotten
    }

    private func forgetDelivery(_ sequence: Int) throws(StoreError) -> Bool {
        let jobs = JobNumber.all(of: sequence)
        try connection.statement(
            """
            DELETE FROM deliveries WHERE sequence = ?1 AND verdict <> 'dead-letter' AND NOT EXISTS (
                SELECT 1 FROM jobs WHERE jobs.id BETWEEN ?2 AND ?3 AND (finished_at IS NULL
                    OR action = 'open' AND (SELECT is_open FROM incidents WHERE id = jobs.incident) = 1))
            """
        ).run(sequence, jobs.lowerBound, jobs.upperBound)
        guard connection.changes > 0 else { return false }
        try markOvertaken(by: jobs)
        try connection.statement("DELETE FROM jobs WHERE id BETWEEN ?1 AND ?2")
            .run(jobs.lowerBound, jobs.upperBound)
        try connection.statement("DELETE FROM exchanges WHERE job BETWEEN ?1 AND ?2")
            .run(jobs.lowerBound, jobs.upperBound)
        return true
    }

    /// Notes at the dead letters of a lane that something later was sent there, before that is forgotten:
    /// having one tried again must not undo it.
    private func markOvertaken(by jobs: ClosedRange<Int>) throws(StoreError) {
        try connection.statement(
            """
            UPDATE jobs SET overtaken = 1 WHERE id IN (
                SELECT letter.id FROM jobs AS gone JOIN jobs AS letter INDEXED BY jobs_incident
                    ON letter.incident = gone.incident AND letter.destination = gone.destination
                        AND letter.id < gone.id
                WHERE gone.id BETWEEN ?1 AND ?2 AND gone.state = 'delivered'
                    AND letter.state IN ('dead', 'stuck'))
            """
        ).run(jobs.lowerBound, jobs.upperBound)
    }
}
