internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// What people have asked for through the desk, and what became of it; as ``SQLiteStore`` does.
extension PostgreSQLStore {
    /// Takes requests that no other relay has taken.
    ///
    /// `requested` is 1 for what is asked for, and for what was taken the moment at which the claim ends.
    /// Another relay takes what was not settled by then: that a request is processed twice does no harm.
    func takeRequests(limit: Int) throws(StoreError) -> PeopleRequests {
        let values: [PostgreSQLValue] = [.integer(limit), .integer(claimMilliseconds)]
        let rows = try query([
            PostgreSQLStatement(
                """
                WITH clock AS MATERIALIZED (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now),
                taken AS MATERIALIZED (SELECT id FROM quarantine, clock
                    WHERE requested = 1 OR requested > 1 AND requested < clock.now
                    ORDER BY id LIMIT $1 FOR UPDATE OF quarantine SKIP LOCKED),
                claimed AS (UPDATE quarantine SET requested = clock.now + $2 FROM taken, clock
                    WHERE quarantine.id = taken.id
                    RETURNING quarantine.id, received_at, path, code, header, body)
                SELECT * FROM claimed ORDER BY id
                """, values),
            PostgreSQLStatement(
                """
                WITH clock AS MATERIALIZED (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now),
                taken AS MATERIALIZED (SELECT sequence FROM deliveries, clock WHERE verdict = 'dead-letter'
                    AND (requested = 1 OR requested > 1 AND requested < clock.now)
                    ORDER BY sequence LIMIT $1 FOR UPDATE OF deliveries SKIP LOCKED),
                claimed AS (UPDATE deliveries SET requested = clock.now + $2 FROM taken, clock
                    WHERE deliveries.sequence = taken.sequence
                    RETURNING deliveries.sequence, delivery_id, received_at, body)
                SELECT * FROM claimed ORDER BY sequence
                """, values),
        ])
        var requests = PeopleRequests(captures: [], deliveries: [])
        for row in 0..<rows[0].count {
            requests.captures.append(
                PeopleRequests.Capture(
                    number: try rows[0].number(row, 0),
                    request: QuarantinedRequest(
                        receivedAt: WallTime(unixMilliseconds: try rows[0].number(row, 1)),
                        path: rows[0].text(row, 2) ?? "", code: rows[0].text(row, 3) ?? "",
                        header: rows[0].text(row, 4) ?? "", body: rows[0].bytes(row, 5) ?? [])))
        }
        for row in 0..<rows[1].count {
            requests.deliveries.append(
                PeopleRequests.Unread(
                    sequence: try rows[1].number(row, 0), deliveryID: rows[1].text(row, 1) ?? "",
                    receivedAt: WallTime(unixMilliseconds: try rows[1].number(row, 2)),
                    body: rows[1].bytes(row, 3) ?? []))
        }
        return requests
    }

    /// Doing it twice is as doing it once.
    func settle(_ settlement: Settlement) throws(StoreError) {
        let statement =
            switch settlement {
            case .captureAccepted(let number):
                PostgreSQLStatement("DELETE FROM quarantine WHERE id = $1", [.integer(number)])
            case .captureRefused(let number, let code):
                PostgreSQLStatement(
                    "UPDATE quarantine SET requested = 0, code = $2 WHERE id = $1",
                    [.integer(number), .text(code)])
            case .deliveryRead(let sequence):
                // Also when a person has given it up meanwhile: another delivery has taken its place.
                PostgreSQLStatement(
                    """
                    UPDATE deliveries SET requested = 0, verdict = 'replaced'
                    WHERE sequence = $1 AND verdict IN ('dead-letter', 'discarded')
                    """, [.integer(sequence)])
            case .deliveryUnread(let sequence):
                PostgreSQLStatement(
                    "UPDATE deliveries SET requested = 0 WHERE sequence = $1", [.integer(sequence)])
            }
        _ = try query([statement])
    }
}
