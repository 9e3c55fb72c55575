internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// What people have asked for through the desk, and what became of it.
extension SQLiteStore {
    func takeRequests(limit: Int) throws(StoreError) -> PeopleRequests {
        var requests = PeopleRequests(captures: [], deliveries: [])
        try connection.statement(
            """
            SELECT id, received_at, path, code, header, body FROM quarantine WHERE requested = 1
            ORDER BY id LIMIT ?1
            """
        ).forEachRow(limit) { row in
            requests.captures.append(
                PeopleRequests.Capture(
                    number: row.integer(0),
                    request: QuarantinedRequest(
                        receivedAt: WallTime(unixMilliseconds: row.integer(1)), path: row.text(2),
                        code: row.text(3), header: row.text(4), body: row.blob(5))))
        }
        try connection.statement(
            """
            SELECT sequence, delivery_id, received_at, body FROM deliveries
            WHERE verdict = 'dead-letter' AND requested = 1 ORDER BY sequence LIMIT ?1
            """
        ).forEachRow(limit) { row in
            requests.deliveries.append(
                PeopleRequests.Unread(
                    sequence: row.integer(0), deliveryID: row.text(1),
                    receivedAt: WallTime(unixMilliseconds: row.integer(2)), body: row.blob(3)))
        }
        return requests
    }

    /// Doing it twice is as doing it once.
    func settle(_ settlement: Settlement) throws(StoreError) {
        switch settlement {
        case .captureAccepted(let number):
            try connection.statement("DELETE FROM quarantine WHERE id = ?1").run(number)
        case .captureRefused(let number, let code):
            try connection.statement("UPDATE quarantine SET requested = 0, code = ?2 WHERE id = ?1")
                .run(number, code)
        case .deliveryRead(let sequence):
            // Also when a person has given it up meanwhile: another delivery has taken its place.
            try connection.statement(
                """
                UPDATE deliveries SET requested = 0, verdict = 'replaced'
                WHERE sequence = ?1 AND verdict IN ('dead-letter', 'discarded')
                """
            ).run(sequence)
        case .deliveryUnread(let sequence):
            try connection.statement("UPDATE deliveries SET requested = 0 WHERE sequence = ?1")
                .run(sequence)
        }
    }
}
