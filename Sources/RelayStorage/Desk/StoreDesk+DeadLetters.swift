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
    /// How often it was tried.
    package var attempts: Int
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
    private static let deadLetters = """
        SELECT jobs.id, received_at, jobs.destination, action, (SELECT key FROM incidents WHERE id = jobs.incident),
            delivery_id, attempts, jobs.reason,
            CASE state WHEN 'stuck' THEN (SELECT count(*) FROM jobs AS held WHERE held.incident = jobs.incident
                AND held.destination = jobs.destination AND held.id > jobs.id AND held.state = 'pending') ELSE 0 END,
            (SELECT min(copy.destination) FROM jobs AS copy
                WHERE copy.origin = jobs.id AND copy.state = 'delivered')
        FROM jobs JOIN deliveries ON deliveries.sequence = jobs.id / \(JobNumber.perDeliveryMax)
        WHERE state IN ('dead', 'stuck')
        """

    /// The dead letters, the oldest first.
    package func deadLetters(after job: Int = 0, limit: Int) throws(StoreError) -> [DeadLetterRow] {
        try database.rows(
            Self.deadLetters + " AND jobs.id > ?1 ORDER BY jobs.id LIMIT ?2",
            [.integer(job), .integer(limit)]
        ).map(deadLetter)
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
            attempts: row[6].integer ?? 0, reason: row[7].text ?? "", holds: row[8].integer ?? 0,
            takenOverBy: row[9].text)
    }

    /// Makes a dead letter a job again, which has 24 hours as if it were new.
    ///
    /// Refused once something later was sent for the same incident: an open would page for an alarm that is
    /// over, and a resolve would close the one that came after it.
    package func retryDeadLetter(_ job: Int) throws(StoreError) -> DeskOutcome {
        try transaction(jobs: true) { () throws(StoreError) in
            guard let lane = try lane(of: job) else { return .notFound }
            let later = try database.rows(
                """
                SELECT id, state FROM jobs WHERE incident = ?1 AND destination = ?2 AND id > ?3
                    AND state IN ('delivered', 'leased') ORDER BY id DESC LIMIT 1
                """, lane + [.integer(job)]
            ).first
            if let later, let id = later[0].integer {
                let words = later[1].text == JobState.leased.rawValue ? "is being sent" : "was sent"
                return .refused(
                    "The later update \(id) of the same incident \(words); sending this one now would undo it."
                )
            }
            if try number("SELECT overtaken FROM jobs WHERE id = ?1", [.integer(job)]) == 1 {
                return .refused(
                    "A later update of the same incident was sent; sending this one now would undo it.")
            }
            if try isOver(job, lane) {
                return .refused("Its alarm is over and nothing that waits would close it again.")
            }
            // What waits behind it waits for it again.
            _ = try database.rows(
                """
                UPDATE jobs SET due_at = NULL WHERE incident = ?1 AND destination = ?2 AND id > ?3
                    AND state = 'pending'
                """, lane + [.integer(job)])
            let earlier = try number(
                """
                SELECT count(*) FROM jobs WHERE incident = ?1 AND destination = ?2 AND id < ?3
                    AND finished_at IS NULL AND state <> 'dead'
                """, lane + [.integer(job)])
            // Due since time 0: the relay's clock may not be this process's.
            _ = try database.rows(
                """
                UPDATE jobs SET state = 'pending', due_at = ?1, attempts = 0, first_tried_at = NULL,
                    first_tried_running = NULL, progress = NULL WHERE id = ?2
                """, [(earlier ?? 0) > 0 ? .null : .integer(0), .integer(job)])
            return .done
        }
    }

    /// Gives a dead letter up; what waits for it goes on.
    package func discardDeadLetter(_ job: Int, now: WallTime) throws(StoreError) -> DeskOutcome {
        try transaction(jobs: true) { () throws(StoreError) in
            guard let lane = try lane(of: job) else { return .notFound }
            _ = try database.rows(
                "UPDATE jobs SET state = 'discarded', finished_at = ?1 WHERE id = ?2",
                [.integer(try database.stored(now).unixMilliseconds), .integer(job)])
            _ = try database.rows(
                """
                UPDATE jobs SET due_at = 0 WHERE due_at IS NULL AND state = 'pending' AND id = (
                    SELECT min(id) FROM jobs AS waiting WHERE waiting.incident = ?1 AND waiting.destination = ?2
                        AND waiting.finished_at IS NULL AND waiting.state <> 'dead')
                """, lane)
            return .done
        }
    }

    /// Makes dead letters of what waits for a destination, such as one that no configuration has any more.
    ///
    /// What a relay is at work on is left to it.
    ///
    /// - Returns: How many they are.
    package func giveUp(destination: String, now: WallTime) throws(StoreError) -> Int {
        try transaction(jobs: true) { () throws(StoreError) in
            try database.rows(
                """
                UPDATE jobs SET state = 'dead', due_at = NULL, progress = NULL, reason = ?3
                WHERE destination = ?1 AND (state = 'pending' OR state = 'leased' AND due_at <= ?2) RETURNING 1
                """,
                [
                    .text(destination), .integer(try database.stored(now).unixMilliseconds),
                    .text("given up with its destination by a person"),
                ]
            ).count
        }
    }

    /// Whether an open would page for an alarm that is known to be over, with no clear behind it to end that.
    private func isOver(_ job: Int, _ lane: [DeskValue]) throws(StoreError) -> Bool {
        try number(
            """
            SELECT count(*) FROM jobs JOIN incidents ON incidents.id = jobs.incident
            WHERE jobs.id = ?3 AND action = 'open' AND is_open = 0 AND NOT EXISTS (
                SELECT 1 FROM jobs AS clear WHERE clear.incident = ?1 AND clear.destination = ?2
                    AND clear.id > ?3 AND clear.action = 'resolve' AND clear.finished_at IS NULL)
            """, lane + [.integer(job)]) == 1
    }

    /// The incident and the destination of a dead letter; nil when the job is none.
    private func lane(of job: Int) throws(StoreError) -> [DeskValue]? {
        try database.rows(
            "SELECT incident, destination FROM jobs WHERE id = ?1 AND state IN ('dead', 'stuck')",
            [.integer(job)]
        ).first
    }
}
