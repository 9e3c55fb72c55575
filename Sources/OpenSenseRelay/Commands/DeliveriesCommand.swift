internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// `deliveries`: what was accepted and what became of it.
struct DeliveriesCommand: DeskCommand {
    let context: CommandContext

    let help = CommandHelp(
        name: "deliveries", arguments: Self.arguments, argumentCount: 1...1_000,
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

    var titles: [String] { DeliveryRow.titles }

    let isNewestFirst = true

    func list(_ desk: StoreDesk, limit: Int) throws(StoreError) -> [DeliveryRow] {
        try desk.deliveries(limit: limit)
    }

    func find(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeliveryRow? {
        try desk.delivery(id)
    }

    func id(_ row: DeliveryRow) -> String { "\(row.sequence)" }

    func columns(_ row: DeliveryRow) -> [String] { row.columns }

    func page(_ row: DeliveryRow) -> String { row.page }

    func json(_ row: DeliveryRow) -> JSONValue { row.json }

    func retry(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeskOutcome {
        try eachDeadLetter(id, desk) { (id, desk) throws(StoreError) in
            try desk.retryDeadLetter(named: id)
        }
    }

    func discard(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeskOutcome {
        try eachDeadLetter(id, desk) { (id, desk) throws(StoreError) in
            try desk.discardDeadLetter(named: id)
        }
    }

    private func eachDeadLetter(
        _ id: String, _ desk: StoreDesk,
        _ change: (String, StoreDesk) throws(StoreError) -> DeskOutcome
    ) throws(StoreError) -> DeskOutcome {
        guard let row = try desk.delivery(id) else { return .notFound }
        if row.state == .deadLetter { return try change("d\(row.sequence)", desk) }
        var worst = DeskOutcome.notFound
        for job in row.jobs where job.isDeadLetter {
            let outcome = try change("\(job.number)", desk)
            if case .refused = worst { continue }
            worst = outcome
        }
        // A delivery that caused no dead letter is as it should be.
        return row.jobs.contains(where: \.isDeadLetter) ? worst : .done
    }
}
