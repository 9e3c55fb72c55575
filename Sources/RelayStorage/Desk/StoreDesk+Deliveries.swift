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
        /// How often it was tried, since a person has had it tried again.
        package var attempts: Int
        /// How often it was tried in all.
        package var attemptsInAll: Int
        /// Why the last attempt failed.
        package var reason: String?
        /// When it is tried next.
        package var dueAt: WallTime?
        /// When it ended.
        package var finishedAt: WallTime?

        /// Whether it waits for a person.
        package var isDeadLetter: Bool { state?.isDeadLetter ?? false }
        /// Whether it is not at its end.
        package var isOpen: Bool { finishedAt == nil }
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
    /// Whether a relay is to read it again.
    package var isRequested: Bool
    /// The body as it was received; empty in lists.
    package var body: [UInt8] = []
    /// What it caused.
    package var jobs: [Job] = []
}

extension StoreDesk {
    private static let deliveries = """
        SELECT sequence, delivery_id, kind, received_at, verdict, reason,
            (SELECT key FROM incidents WHERE id = deliveries.incident), note, body, requested
        FROM deliveries
        """

    /// The deliveries, the newest first, each with what it caused.
    ///
    /// - Parameters:
    ///   - filter: Which of them.
    ///   - sequence: Those before this one.
    ///   - limit: At most so many.
    package func deliveries(
        _ filter: DeskFilter = DeskFilter(), before sequence: Int = .max, limit: Int
    ) throws(StoreError) -> [DeliveryRow] {
        let (conditions, values) = filter.conditions(first: 3)
        var rows = try filtered(filter, limit: limit, after: sequence) { (before, limit) throws(StoreError) in
            try database.rows(
                Self.deliveries + " WHERE sequence < ?1" + conditions + " ORDER BY sequence DESC LIMIT ?2",
                [.integer(before), .integer(limit)] + values
            ).map { (delivery($0), $0[0].integer ?? 0, $0[8].bytes) }
        }
        for place in rows.indices { rows[place].jobs = try jobs(of: rows[place].sequence) }
        return rows
    }

    /// The deliveries that wait for a person, the oldest first: those that have a dead letter, or were not
    /// understood.
    ///
    /// - Parameters:
    ///   - filter: Which of them.
    ///   - sequence: Those after this one.
    ///   - limit: At most so many.
    package func deliveriesWithDeadLetters(
        _ filter: DeskFilter = DeskFilter(), after sequence: Int = 0, limit: Int
    ) throws(StoreError) -> [DeliveryRow] {
        let (conditions, values) = filter.conditions(first: 1)
        var (rows, place) = ([DeliveryRow](), sequence)
        while rows.count < limit {
            let (meant, end) = try sequencesWithDeadLetters(after: place)
            if !meant.isEmpty {
                let numbers = meant.map(String.init).joined(separator: ", ")
                rows += try database.rows(
                    Self.deliveries + " WHERE sequence IN (\(numbers))" + conditions + " ORDER BY sequence",
                    values
                ).filter { filter.matches($0[8].bytes) }.map(delivery).prefix(limit - rows.count)
            }
            guard let end else { break }
            place = end
        }
        for place in rows.indices { rows[place].jobs = try jobs(of: rows[place].sequence) }
        return rows
    }

    /// The numbers of the deliveries that wait for a person, in order, and where more of them may come.
    ///
    /// They are had from two indexes a page at a time: a statement that joins them to their deliveries reads
    /// all that are left for each page.
    private func sequencesWithDeadLetters(
        after sequence: Int
    ) throws(StoreError) -> (meant: [Int], end: Int?) {
        let ofJobs = try numbers(
            """
            SELECT id / \(JobNumber.perDeliveryMax) FROM jobs WHERE state IN ('dead', 'stuck') AND id >= ?1
                ORDER BY id LIMIT ?2
            """, JobNumber.first(of: sequence + 1))
        let unread = try numbers(
            """
            SELECT sequence FROM deliveries WHERE verdict = 'dead-letter' AND sequence >= ?1
                ORDER BY sequence LIMIT ?2
            """, sequence + 1)
        // Behind the end of a whole page there may be some that come before the end of the other.
        let end = [ofJobs, unread].filter { $0.count == Self.rowsAtOnce }.compactMap(\.last).min()
        return (Set(ofJobs + unread).filter { $0 <= end ?? .max }.sorted(), end)
    }

    private func numbers(_ sql: String, _ first: Int) throws(StoreError) -> [Int] {
        try database.rows(sql, [.integer(first), .integer(Self.rowsAtOnce)]).compactMap(\.[0].integer)
    }

    /// The newest delivery with this id, or else the one with this number, written `12` or `#12`; with its
    /// body and what it caused.
    package func delivery(_ name: String) throws(StoreError) -> DeliveryRow? {
        if let sequence = try sequence(ofID: name) { return try delivery(numbered: sequence) }
        return try Int(name.hasPrefix("#") ? String(name.dropFirst()) : name)
            .flatMap { (number) throws(StoreError) in try delivery(numbered: number) }
    }

    /// The newest delivery with an id; SQLite has no index of them, which each accept would have to pay for.
    private func sequence(ofID id: String) throws(StoreError) -> Int? {
        try number("SELECT max(sequence) FROM deliveries WHERE delivery_id = ?1", [.text(id)])
    }

    /// A delivery with its body and what it caused.
    package func delivery(numbered sequence: Int) throws(StoreError) -> DeliveryRow? {
        let row = try database.rows(Self.deliveries + " WHERE sequence = ?1", [.integer(sequence)]).first
        guard let row else { return nil }
        var found = delivery(row)
        found.body = row[8].bytes
        found.jobs = try jobs(of: sequence)
        return found
    }

    private func jobs(of sequence: Int) throws(StoreError) -> [DeliveryRow.Job] {
        let numbers = JobNumber.all(of: sequence)
        return try database.rows(
            """
            SELECT id, destination, action, state, attempts, reason, due_at, finished_at,
                \(Self.attemptsKept) FROM jobs
            WHERE id BETWEEN ?1 AND ?2 ORDER BY id
            """, [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
        ).map { row in
            DeliveryRow.Job(
                number: row[0].integer ?? 0, destination: row[1].text ?? "", action: row[2].text ?? "",
                state: row[3].text.flatMap(JobState.init(rawValue:)), attempts: row[4].integer ?? 0,
                attemptsInAll: max(row[4].integer ?? 0, row[8].integer ?? 0), reason: row[5].text,
                dueAt: row[6].optionalTime, finishedAt: row[7].optionalTime)
        }
    }

    /// The deliveries that were not understood, the oldest first.
    ///
    /// - Parameters:
    ///   - filter: Which of them; a state or a destination has none.
    ///   - sequence: Those after this one.
    ///   - limit: At most so many.
    package func unreadDeliveries(
        _ filter: DeskFilter = DeskFilter(), after sequence: Int = 0, limit: Int
    ) throws(StoreError) -> [DeliveryRow] {
        guard filter.state == nil, filter.destination == nil else { return [] }
        let (conditions, values) = filter.conditions(first: 3)
        return try filtered(filter, limit: limit, after: sequence) { (after, limit) throws(StoreError) in
            try database.rows(
                Self.deliveries + " WHERE verdict = 'dead-letter' AND sequence > ?1" + conditions
                    + " ORDER BY sequence LIMIT ?2", [.integer(after), .integer(limit)] + values
            ).map { (delivery($0), $0[0].integer ?? 0, $0[8].bytes) }
        }
    }

    /// Has a delivery that was not understood read again, by the relay that runs now or next.
    package func retryUnread(_ sequence: Int) throws(StoreError) -> DeskOutcome {
        try markUnread(
            "UPDATE deliveries SET requested = 1 WHERE sequence = ?1 AND verdict = 'dead-letter' RETURNING 1",
            sequence)
    }

    /// Gives up a delivery that was not understood; it goes with the history.
    ///
    /// - Parameter note: Who does so and why; it stands before why it was not understood from then on.
    package func discardUnread(
        _ sequence: Int, note: String? = nil
    ) throws(StoreError) -> DeskOutcome {
        try markUnread(
            """
            UPDATE deliveries SET verdict = 'discarded', requested = 0, reason = \(Self.reason("?2"))
            WHERE sequence = ?1 AND verdict = 'dead-letter' RETURNING 1
            """, sequence, [DeskValue(note)])
    }

    /// A reason with a note before it, in SQL; the note in `place` may be NULL.
    static func reason(_ place: String) -> String {
        "coalesce(CAST(\(place) AS text) || '; before: ' || reason, \(place), reason)"
    }

    private func markUnread(
        _ sql: String, _ sequence: Int, _ values: [DeskValue] = []
    ) throws(StoreError) -> DeskOutcome {
        try transaction { () throws(StoreError) in
            try database.rows(sql, [.integer(sequence)] + values).isEmpty ? .notFound : .done
        }
    }

    private func delivery(_ row: [DeskValue]) -> DeliveryRow {
        DeliveryRow(
            sequence: row[0].integer ?? 0, deliveryID: row[1].text ?? "", kind: row[2].text ?? "",
            receivedAt: row[3].time, state: row[4].text.flatMap(DeliveryState.init(rawValue:)),
            reason: row[5].text,
            incident: row[6].text, note: row[7].text, isRequested: row[9].integer != 0)
    }
}
