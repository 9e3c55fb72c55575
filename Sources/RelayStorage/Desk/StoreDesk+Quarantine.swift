package import OpenSenseWebhooks
package import RelayCore

/// A request whose signature did not hold.
package struct QuarantineRow: Sendable, Hashable {
    /// Its number.
    package var number: Int
    /// When it was received, by the clock of the relay that received it.
    package var receivedAt: WallTime
    /// The path it was sent to.
    package var path: String
    /// Why it was refused, also by the last retry.
    package var code: String
    /// The header fields that matter, as `Name: value` lines.
    package var header: String
    /// The body; empty in lists.
    package var body: [UInt8]
    /// Whether it is to be checked again.
    package var isRequested: Bool
}

extension StoreDesk {
    private static let quarantine = "SELECT id, received_at, path, code, header, requested"

    /// What is quarantined, the oldest first.
    ///
    /// - Parameters:
    ///   - filter: Which of it; only times count.
    ///   - number: What comes after this one.
    ///   - limit: At most so much.
    package func quarantined(
        _ filter: DeskFilter = DeskFilter(), after number: Int = 0, limit: Int
    ) throws(StoreError) -> [QuarantineRow] {
        let (conditions, values) = filter.conditionsOnTime(first: 3)
        return try database.rows(
            Self.quarantine + " FROM quarantine WHERE id > ?1" + conditions + " ORDER BY id LIMIT ?2",
            [.integer(number), .integer(limit)] + values
        ).map(captured)
    }

    /// One request, with its body.
    package func quarantined(_ number: Int) throws(StoreError) -> QuarantineRow? {
        try database.rows(
            Self.quarantine + ", body FROM quarantine WHERE id = ?1", [.integer(number)]
        ).first.map(captured)
    }

    /// Has a request checked again with the present secrets, by the relay that runs now or next.
    package func retryQuarantined(_ number: Int) throws(StoreError) -> DeskOutcome {
        try change("UPDATE quarantine SET requested = 1 WHERE id = ?1 RETURNING 1", [.integer(number)])
    }

    /// Throws a request away.
    package func discardQuarantined(_ number: Int) throws(StoreError) -> DeskOutcome {
        try change("DELETE FROM quarantine WHERE id = ?1 RETURNING 1", [.integer(number)])
    }

    private func change(_ sql: String, _ values: [DeskValue]) throws(StoreError) -> DeskOutcome {
        try transaction { () throws(StoreError) in
            try database.rows(sql, values).isEmpty ? .notFound : .done
        }
    }

    private func captured(_ row: [DeskValue]) -> QuarantineRow {
        QuarantineRow(
            number: row[0].integer ?? 0, receivedAt: row[1].time, path: row[2].text ?? "",
            code: row[3].text ?? "", header: row[4].text ?? "", body: row.count > 6 ? row[6].bytes : [],
            isRequested: row[5].integer != 0)
    }
}
