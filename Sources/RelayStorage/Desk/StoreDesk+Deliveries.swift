package import OpenSenseWebhooks
package import RelayCore

/// A delivery as it was accepted.
package struct DeliveryRow: Sendable, Hashable {
    /// One update that it caused.
    package struct Job: Sendable, Hashable {
        /// The job's number.
        package var number: Int
        /// The destination's name.
        package var destination: String
        /// `open`, `acknowledge`, `resolve` or `annotate`.
        package var action: String
        /// Where it stands; nil for a state that only a newer version knows.
        package var state: JobState?
        /// How often it was tried.
        package var attempts: Int
        /// Why the last attempt failed.
        package var reason: String?
        /// When it is tried next.
        package var dueAt: WallTime?
        /// When it ended.
        package var finishedAt: WallTime?

        /// Whether it waits for a person.
        package var isDeadLetter: Bool { state?.isDeadLetter ?? false }
    }

    /// Its number, in the order of acceptance.
    package var sequence: Int
    /// Its id.
    package var deliveryID: String
    /// The sender's name of the event's kind.
    package var kind: String
    /// When it was received.
    package var receivedAt: WallTime
    /// Where it stands; nil for a state that only a newer version knows.
    package var state: DeliveryState?
    /// Why, where that needs a reason.
    package var reason: String?
    /// The incident's key, if it has one.
    package var incident: String?
    /// What the page of its alarm said had changed; nil for nothing.
    package var note: String?
    /// The body as it was received; empty in lists.
    package var body: [UInt8] = []
    /// What it caused; empty in lists.
    package var jobs: [Job] = []
}

extension StoreDesk {
    private static let deliveries = """
        SELECT sequence, delivery_id, kind, received_at, verdict, reason,
            (SELECT key FROM incidents WHERE id = deliveries.incident), note
        FROM deliveries
        """

    /// The deliveries, the newest first.
    package func deliveries(before sequence: Int = .max, limit: Int) throws(StoreError) -> [DeliveryRow] {
        try database.rows(
            Self.deliveries + " WHERE sequence < ?1 ORDER BY sequence DESC LIMIT ?2",
            [.integer(sequence), .integer(limit)]
        ).map(delivery)
    }

    /// The newest delivery with this id or number, with its body and what it caused.
    package func delivery(_ name: String) throws(StoreError) -> DeliveryRow? {
        // The number, which the list shows, finds it at once; ids are not indexed.
        var row: [DeskValue]?
        if let sequence = Int(name) {
            row = try database.rows(Self.deliveries + " WHERE sequence = ?1", [.integer(sequence)]).first
        }
        if row == nil {
            row = try database.rows(
                Self.deliveries + " WHERE delivery_id = ?1 ORDER BY sequence DESC LIMIT 1", [.text(name)]
            ).first
        }
        guard var found = row.map(delivery) else { return nil }
        let body = try database.rows(
            "SELECT body FROM deliveries WHERE sequence = ?1", [.integer(found.sequence)])
        found.body = body.first?.first?.bytes ?? []
        let numbers = JobNumber.all(of: found.sequence)
        found.jobs = try database.rows(
            """
            SELECT id, destination, action, state, attempts, reason, due_at, finished_at FROM jobs
            WHERE id BETWEEN ?1 AND ?2 ORDER BY id
            """, [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
        ).map { row in
            DeliveryRow.Job(
                number: row[0].integer ?? 0, destination: row[1].text ?? "", action: row[2].text ?? "",
                state: row[3].text.flatMap(JobState.init(rawValue:)), attempts: row[4].integer ?? 0,
                reason: row[5].text,
                dueAt: row[6].optionalTime, finishedAt: row[7].optionalTime)
        }
        return found
    }

    /// The numbers of the deliveries that were not understood, the oldest first.
    package func unreadDeliveries(limit: Int) throws(StoreError) -> [DeliveryRow] {
        try database.rows(
            Self.deliveries + " WHERE verdict = 'dead-letter' ORDER BY sequence LIMIT ?1", [.integer(limit)]
        ).map(delivery)
    }

    /// Has a delivery that was not understood read again, by the relay that runs now or next.
    package func retryUnread(_ sequence: Int) throws(StoreError) -> DeskOutcome {
        try markUnread(
            "UPDATE deliveries SET requested = 1 WHERE sequence = ?1 AND verdict = 'dead-letter' RETURNING 1",
            sequence)
    }

    /// Gives up a delivery that was not understood; it goes with the history.
    package func discardUnread(_ sequence: Int) throws(StoreError) -> DeskOutcome {
        try markUnread(
            """
            UPDATE deliveries SET verdict = 'discarded', requested = 0
            WHERE sequence = ?1 AND verdict = 'dead-letter' RETURNING 1
            """, sequence)
    }

    private func markUnread(_ sql: String, _ sequence: Int) throws(StoreError) -> DeskOutcome {
        try transaction { () throws(StoreError) in
            try database.rows(sql, [.integer(sequence)]).isEmpty ? .notFound : .done
        }
    }

    private func delivery(_ row: [DeskValue]) -> DeliveryRow {
        DeliveryRow(
            sequence: row[0].integer ?? 0, deliveryID: row[1].text ?? "", kind: row[2].text ?? "",
            receivedAt: row[3].time, state: row[4].text.flatMap(DeliveryState.init(rawValue:)),
            reason: row[5].text,
            incident: row[6].text, note: row[7].text)
    }
}
