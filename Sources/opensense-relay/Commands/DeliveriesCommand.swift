internal import OpenSenseRelay
internal import OpenSenseWebhooks
internal import RelayStorage

/// `deliveries`: what was accepted and what became of it.
enum DeliveriesCommand: DeskCommand {
    static let help = CommandHelp(
        name: "deliveries", arguments: arguments, argumentCount: 1...1_000,
        summary: "What was accepted and what became of it: list, show, retry, discard.",
        discussion: """
            The newest come first. An ID is the delivery's id or its number. Retry and discard concern the dead
            letters that it caused; a delivery without any is left as it is.
            """,
        options: DeskOptions.options,
        examples: [
            .init(
                command: "opensense-relay deliveries list --store sqlite:/var/lib/opensense-relay/relay.db",
                summary: "Did it come, and where did it go?")
        ],
        exitCodes: DeskOptions.exitCodes)

    static let titles = ["NUMBER", "RECEIVED", "KIND", "VERDICT", "REASON", "INCIDENT", "DELIVERY"]

    static let isNewestFirst = true

    static func list(_ desk: StoreDesk, limit: Int) throws(StoreError) -> [DeliveryRow] {
        try desk.deliveries(limit: limit)
    }

    static func find(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeliveryRow? {
        try desk.delivery(id)
    }

    static func id(_ row: DeliveryRow) -> String { "\(row.sequence)" }

    static func columns(_ row: DeliveryRow) -> [String] {
        [
            "\(row.sequence)", TextTable.moment(row.receivedAt), row.kind.isEmpty ? "-" : row.kind,
            row.verdict, row.reason ?? "-", row.incident ?? "-", row.deliveryID,
        ]
    }

    static func page(_ row: DeliveryRow) -> String {
        var text = TextTable.fields(Array(zip(titles.map { $0.lowercased() }, columns(row))))
        if !row.jobs.isEmpty {
            text += "\n"
            text += TextTable.text(
                [["JOB", "DESTINATION", "ACTION", "STATE", "TRIED", "ENDED", "REASON"]]
                    + row.jobs.map { job in
                        [
                            "\(job.number)", job.destination, job.action, job.state, "\(job.attempts)",
                            job.finishedAt.map(TextTable.moment) ?? "-", job.reason ?? "-",
                        ]
                    })
        }
        return text + "\nBody:\n" + TextTable.lines(String(decoding: row.body, as: UTF8.self))
    }

    static func json(_ row: DeliveryRow) -> JSONValue {
        var fields: JSONObject = [
            "number": PrintedJSON.number(row.sequence), "delivery": .string(row.deliveryID),
            "kind": .string(row.kind), "receivedAt": .string(TextTable.moment(row.receivedAt) + "Z"),
            "verdict": .string(row.verdict), "reason": row.reason.map { .string($0) } ?? .null,
            "incident": row.incident.map { .string($0) } ?? .null,
        ]
        if !row.body.isEmpty { fields["body"] = .string(String(decoding: row.body, as: UTF8.self)) }
        fields["jobs"] = .array(
            row.jobs.map { job in
                [
                    "id": PrintedJSON.number(job.number), "destination": .string(job.destination),
                    "action": .string(job.action), "state": .string(job.state),
                    "attempts": PrintedJSON.number(job.attempts),
                    "reason": job.reason.map { .string($0) } ?? .null,
                ]
            })
        return .object(fields)
    }

    static func retry(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeskOutcome {
        try eachDeadLetter(id, desk, DeadLettersCommand.retry)
    }

    static func discard(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeskOutcome {
        try eachDeadLetter(id, desk, DeadLettersCommand.discard)
    }

    private static func eachDeadLetter(
        _ id: String, _ desk: StoreDesk,
        _ change: (String, StoreDesk) throws(StoreError) -> DeskOutcome
    ) throws(StoreError) -> DeskOutcome {
        guard let row = try desk.delivery(id) else { return .notFound }
        if row.verdict == "dead-letter" { return try change("d\(row.sequence)", desk) }
        var worst = DeskOutcome.notFound
        for job in row.jobs where ["dead", "stuck"].contains(job.state) {
            let outcome = try change("\(job.number)", desk)
            if case .refused = worst { continue }
            worst = outcome
        }
        // A delivery that caused no dead letter is as it should be.
        return row.jobs.contains { ["dead", "stuck"].contains($0.state) } ? worst : .done
    }
}
