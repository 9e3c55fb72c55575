package import OpenSenseWebhooks
package import RelayCore

/// A job that a vendor refused or did not take.
package struct DeadLetterRow: Sendable, Hashable {
    /// The job's number.
    package var job: Int
    /// When its delivery was received.
    package var receivedAt: WallTime
    /// The destination's name.
    package var destination: String
    /// `open`, `acknowledge`, `resolve` or `annotate`.
    package var action: String
    /// The incident's key.
    package var incident: String
    /// The delivery's id.
    package var deliveryID: String
    /// How often it was tried, since a person has had it tried again.
    package var attempts: Int
    /// How often it was tried in all.
    package var attemptsInAll: Int
    /// Why it ended.
    package var reason: String
    /// How many updates of the same incident wait for it.
    package var holds: Int
    /// The other destination that has its alarm instead; nil for none.
    package var takenOverBy: String?
    /// What was last sent and heard; nil when nothing was sent, and in lists.
    package var exchange: Exchange?
}

/// One attempt to deliver a job.
package struct AttemptRow: Sendable, Hashable {
    /// Its place among the job's attempts, from 1; some between the first and the newest may be missing.
    package var number: Int
    /// When it was written down.
    package var at: WallTime
    /// What was sent and heard.
    package var exchange: Exchange

    /// An attempt.
    package init(number: Int, at: WallTime, exchange: Exchange) {
        self.number = number
        self.at = at
        self.exchange = exchange
    }
}

extension StoreDesk {
    /// The number of a job's newest attempt, in SQL; they are counted on when a person has it tried again.
    static let attemptsKept = "(SELECT max(number) FROM attempts WHERE attempts.job = jobs.id)"

    /// The other destination that has a job's alarm, in SQL.
    private static let takenOverBy = """
        (SELECT min(copy.destination) FROM jobs AS copy
            WHERE copy.origin = jobs.id AND copy.state = 'delivered')
        """

    private static let deadLetters = """
        SELECT jobs.id, received_at, jobs.destination, action, (SELECT key FROM incidents WHERE id = jobs.incident),
            delivery_id, attempts, jobs.reason,
            CASE state WHEN 'stuck' THEN (SELECT count(*) FROM jobs AS held WHERE held.incident = jobs.incident
                AND held.destination = jobs.destination AND held.id > jobs.id AND held.state = 'pending') ELSE 0 END,
            \(takenOverBy), body,
            \(attemptsKept)
        FROM jobs JOIN deliveries ON deliveries.sequence = jobs.id / \(JobNumber.perDeliveryMax)
        WHERE state IN ('dead', 'stuck')
        """

    /// The dead letters, the oldest first.
    ///
    /// - Parameters:
    ///   - filter: Which of them; a state is that of every dead letter.
    ///   - job: Those after this one.
    ///   - limit: At most so many.
    package func deadLetters(
        _ filter: DeskFilter = DeskFilter(), after job: Int = 0, limit: Int
    ) throws(StoreError) -> [DeadLetterRow] {
        let (conditions, values) = filter.conditionsOnJob(first: 3)
        return try filtered(filter, limit: limit, after: job) { (after, limit) throws(StoreError) in
            try database.rows(
                Self.deadLetters + conditions + " AND jobs.id > ?1 ORDER BY jobs.id LIMIT ?2",
                [.integer(after), .integer(limit)] + values
            ).map { (deadLetter($0), $0[0].integer ?? 0, $0[10].bytes) }
        }
    }

    /// The other destination that has the alarm of a job instead; nil for none.
    package func takenOver(_ job: Int) throws(StoreError) -> String? {
        try database.rows("SELECT \(Self.takenOverBy) FROM jobs WHERE id = ?1", [.integer(job)]).first?[0]
            .text
    }

    /// One dead letter, with what was last sent and heard.
    package func deadLetter(_ job: Int) throws(StoreError) -> DeadLetterRow? {
        let row = try database.rows(Self.deadLetters + " AND jobs.id = ?1", [.integer(job)]).first
        guard var letter = row.map(deadLetter) else { return nil }
        letter.exchange = try newestExchange(of: job)
        return letter
    }

    /// What was last sent and heard for a job; versions up to 3 have kept that in a table with one row for
    /// each job.
    private func newestExchange(of job: Int) throws(StoreError) -> Exchange? {
        try database.rows(
            """
            SELECT request, answer, answer_bytes, milliseconds FROM (
                SELECT request, answer, answer_bytes, milliseconds, at, 1 AS version FROM attempts
                    WHERE job = ?1 AND number = (SELECT max(number) FROM attempts WHERE job = ?1)
                UNION ALL SELECT request, answer, NULL, NULL, at, 0 FROM exchanges WHERE job = ?1) AS newest
            ORDER BY at DESC, version DESC LIMIT 1
            """, [.integer(job)]
        ).first.map(exchange)
    }

    /// The attempts at a job that are kept, the oldest first.
    package func attempts(of job: Int) throws(StoreError) -> [AttemptRow] {
        try database.rows(
            """
            SELECT request, answer, answer_bytes, milliseconds, number, at FROM attempts WHERE job = ?1
            ORDER BY number
            """, [.integer(job)]
        ).map { AttemptRow(number: $0[4].integer ?? 0, at: $0[5].time, exchange: exchange($0)) }
    }

    private func exchange(_ row: [DeskValue]) -> Exchange {
        Exchange(
            request: row[0].text ?? "", answer: row[1].text ?? "", answerBytes: row[2].integer,
            milliseconds: row[3].integer)
    }

    private func deadLetter(_ row: [DeskValue]) -> DeadLetterRow {
        DeadLetterRow(
            job: row[0].integer ?? 0, receivedAt: row[1].time, destination: row[2].text ?? "",
            action: row[3].text ?? "", incident: row[4].text ?? "", deliveryID: row[5].text ?? "",
            attempts: row[6].integer ?? 0,
            attemptsInAll: max(row[6].integer ?? 0, row[11].integer ?? 0), reason: row[7].text ?? "",
            holds: row[8].integer ?? 0,
            takenOverBy: row[9].text)
    }
}
