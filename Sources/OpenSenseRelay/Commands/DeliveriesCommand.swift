internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// `deliveries`: what was accepted and what became of it.
struct DeliveriesCommand: DeskCommand {
    let context: CommandContext

    let help = CommandHelp(
        name: "deliveries", arguments: Self.arguments, argumentCount: 0...1_000,
        summary: "What was accepted and what became of it: list, show, retry, discard.",
        discussion: """
            The newest come first; DELAY is the time from the receipt to the last update that was delivered. An ID
            is the delivery's id, or else its number ('#12' is the number for certain, in quotes, as shells take
            # for a comment). Retry has what waits tried at once, and dead letters again; discard gives up what is
            not sent yet. --all means the dead letters of deliveries alone; what waits has to be named.
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
    var filtersOfAll: [String] { DeskFilterOptions.names.filter { !["--state", "--to"].contains($0) } }

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

    func jobs(_ row: DeliveryRow) -> [Int] { row.jobs.filter(\.isOpen).map(\.number) }

    func isForRelay(_ row: DeliveryRow) -> Bool { row.state == .deadLetter }

    func answer(to row: DeliveryRow, _ desk: StoreDesk) throws(StoreError) -> RetryAnswer? {
        try desk.delivery(numbered: row.sequence)?.answer
    }

    func retry(_ row: DeliveryRow, _ desk: StoreDesk, isOfAll: Bool) throws(StoreError) -> DeskOutcome {
        if row.state == .deadLetter { return try desk.retryUnread(row.sequence) }
        return try eachOpenJob(of: row, "tried", isOfAll: isOfAll) { (job) throws(StoreError) in
            if isOfAll, let name = try desk.takenOver(job) {
                return .refused("Its alarm was taken over by \(name); name it to have it tried all the same.")
            }
            return try desk.retryJob(job, now: Live.wallTime())
        }
    }

    func discard(
        _ row: DeliveryRow, _ desk: StoreDesk, isOfAll: Bool, note: String
    ) throws(StoreError) -> DeskOutcome {
        if row.state == .deadLetter { return try desk.discardUnread(row.sequence, note: note) }
        return try eachOpenJob(of: row, "given up", isOfAll: isOfAll) { (job) throws(StoreError) in
            try desk.discardJob(job, now: Live.wallTime(), note: note)
        }
    }

    /// Does the same to each update that is not at its end; of what `--all` means to dead letters alone.
    ///
    /// - Returns: What came of the first that was refused; of several of one incident a later one waits for
    ///   an earlier one that is tried again, which is no refusal.
    private func eachOpenJob(
        of row: DeliveryRow, _ verb: String, isOfAll: Bool,
        _ change: (Int) throws(StoreError) -> DeskOutcome
    ) throws(StoreError) -> DeskOutcome {
        let jobs = row.jobs.filter { isOfAll ? $0.isDeadLetter : $0.isOpen }
        guard !jobs.isEmpty else {
            return .refused(
                row.jobs.isEmpty
                    ? "It caused no update (\(row.state?.rawValue ?? "?")); nothing is to be \(verb)."
                    : "Each of its updates has ended (\(row.shownState)); nothing is to be \(verb).")
        }
        var (first, tried) = (DeskOutcome.done, Set<String>())
        for job in jobs {
            let outcome = try change(job.number)
            if outcome == .done { tried.insert(job.destination) }
            let waits = job.state == .pending && tried.contains(job.destination)
            if first == .done, !waits { first = outcome }
        }
        return first
    }
}
