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
            The newest come first; DELAY is the time from the receipt to the last update that was delivered. An ID
            is the delivery's id, or else its number ('#12' is the number for certain, in quotes, as shells take
            # for a comment). Retry has what waits tried at once, and dead letters again; discard gives up what is
            not sent yet. --all means the deliveries that have dead letters.
            """,
        options: DeskOptions.options + DeskFilterOptions.options,
        examples: [
            .init(
                command: "opensense-relay deliveries list --store sqlite:/var/lib/opensense-relay/relay.db",
                summary: "Did it come, and where did it go?"),
            .init(
                command: "opensense-relay deliveries list --since 12h --state retrying",
                summary: "What is late this morning, in the store that serve has by itself?"),
        ],
        exitCodes: DeskOptions.exitCodes)

    var titles: [String] { DeliveryRow.titles }

    func list(_ desk: StoreDesk, _ filter: DeskFilter, limit: Int) throws(StoreError) -> [DeliveryRow] {
        try desk.deliveries(filter, limit: limit)
    }

    func all(
        _ desk: StoreDesk, _ filter: DeskFilter, after row: DeliveryRow?, limit: Int
    ) throws(StoreError) -> [DeliveryRow] {
        try desk.deliveriesWithDeadLetters(filter, after: row?.sequence ?? 0, limit: limit)
    }

    func find(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeliveryRow? {
        try desk.delivery(id)
    }

    func id(_ row: DeliveryRow) -> String { "\(row.sequence)" }

    func columns(_ row: DeliveryRow) -> [String] { row.columns }

    func page(_ row: DeliveryRow, _ desk: StoreDesk) throws(StoreError) -> String {
        row.page(attempts: try attempts(row, desk))
    }

    func json(_ row: DeliveryRow, of desk: StoreDesk, isWhole: Bool) throws(StoreError) -> JSONValue {
        row.json(attempts: isWhole ? try attempts(row, desk) : nil)
    }

    private func attempts(
        _ row: DeliveryRow, _ desk: StoreDesk
    ) throws(StoreError) -> [Int: [AttemptRow]] {
        var attempts: [Int: [AttemptRow]] = [:]
        for job in row.jobs { attempts[job.number] = try desk.attempts(of: job.number) }
        return attempts
    }

    func isForRelay(_ row: DeliveryRow) -> Bool { row.state == .deadLetter }

    func answer(to row: DeliveryRow, _ desk: StoreDesk) throws(StoreError) -> RetryAnswer? {
        try desk.delivery(numbered: row.sequence)?.answer
    }

    func retry(_ row: DeliveryRow, _ desk: StoreDesk) throws(StoreError) -> DeskOutcome {
        if row.state == .deadLetter { return try desk.retryUnread(row.sequence) }
        return try eachOpenJob(of: row, "tried") { (job) throws(StoreError) in
            try desk.retryJob(job, now: Live.wallTime())
        }
    }

    func discard(_ row: DeliveryRow, _ desk: StoreDesk) throws(StoreError) -> DeskOutcome {
        if row.state == .deadLetter { return try desk.discardUnread(row.sequence) }
        return try eachOpenJob(of: row, "given up") { (job) throws(StoreError) in
            try desk.discardJob(job, now: Live.wallTime())
        }
    }

    private func eachOpenJob(
        of row: DeliveryRow, _ verb: String, _ change: (Int) throws(StoreError) -> DeskOutcome
    ) throws(StoreError) -> DeskOutcome {
        let jobs = row.jobs.filter(\.isOpen)
        guard !jobs.isEmpty else {
            return .refused(
                row.jobs.isEmpty
                    ? "It caused no update (\(row.state?.rawValue ?? "?")); nothing is to be \(verb)."
                    : "Each of its updates has ended (\(row.shownState)); nothing is to be \(verb).")
        }
        var worst = DeskOutcome.done
        for job in jobs {
            let outcome = try change(job.number)
            if worst == .done { worst = outcome }
        }
        return worst
    }
}
