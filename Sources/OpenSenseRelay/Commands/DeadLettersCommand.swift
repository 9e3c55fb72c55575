internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// `dead-letters`: what a vendor refused or did not take, and deliveries that were not understood.
struct DeadLettersCommand: DeskCommand {
    let context: CommandContext

    /// A job, or a delivery that was not understood; the latter's ID begins with `d`.
    enum Row {
        case job(DeadLetterRow)
        case delivery(DeliveryRow)
    }

    let help = CommandHelp(
        name: "dead-letters", arguments: "list|show|retry|discard [ID…] | give-up DESTINATION",
        argumentCount: 0...1_000, summary: "What a vendor refused for good: list, show, retry, discard.",
        discussion: """
            Works also while a relay is running on the store, which takes up a retry within a second. An open
            that was refused holds back the updates of its alarm (HOLDS) until it is retried or discarded,
            or a newer alarm comes. A retry is refused once something later was sent for the same incident.
            An alarm that a failover has instead is TAKEN OVER; retry --all leaves it out. give-up makes dead
            letters of what waits for a destination that no configuration has any more, and refuses one that a
            relay has still.
            IDs that begin with d are deliveries that were not understood; a retry has a newer version read
            them again.
            """,
        options: DeskOptions.options + [
            .init(name: "--force", summary: "For give-up: also where a relay has the destination still.")
        ] + DeskFilterOptions.options,
        examples: [
            .init(
                command: "opensense-relay dead-letters list --store sqlite:/var/lib/opensense-relay/relay.db",
                summary: "What needs a person?")
        ],
        exitCodes: DeskOptions.exitCodes)

    let titles = [
        "ID", "RECEIVED", "DESTINATION", "ACTION", "TRIED", "HOLDS", "TAKEN OVER", "INCIDENT", "REASON",
    ]

    let otherActions = ["give-up"]

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        guard arguments.positionals.first == "give-up" else {
            guard !arguments.has("--force") else {
                throw ParsedArguments.usage(help, "--force goes with give-up.")
            }
            return try await work(arguments)
        }
        let names = Array(arguments.positionals.dropFirst())
        guard !names.isEmpty, !arguments.has("--all") else {
            throw ParsedArguments.usage(help, "give-up needs the name of a destination.")
        }
        let desk = try DeskOptions.open(arguments, help, context)
        do throws(StoreError) { return try giveUp(names, desk, arguments) } catch {
            throw CommandError(.unavailable, error.description)
        }
    }

    private func giveUp(
        _ names: [String], _ desk: StoreDesk, _ arguments: ParsedArguments
    ) throws(StoreError) -> ExitCode {
        var (total, refused) = (0, 0)
        for name in names {
            if !arguments.has("--force"), try desk.isServed(name, now: Live.wallTime()) {
                refused += 1
                Terminal.error(
                    "\(Terminal.plain(name)): a relay has this destination: it has sent something within the last "
                        + "\(StoreDesk.servedMilliseconds / 1_000) s, or is about to. Nothing is given up; stop the "
                        + "relay or take the destination out of its configuration first, or add --force.\n")
                continue
            }
            let count = try desk.giveUp(
                destination: name, now: Live.wallTime(), note: DeskOptions.note(arguments, "given up"))
            total += count
            if count == 0, let note = try noWork(for: name, desk) { Terminal.error(note + "\n") }
            let message =
                "\(count) \(count == 1 ? "update is a dead letter" : "updates are dead letters") now"
            Terminal.out(
                arguments.has("--json")
                    ? PrintedJSON.line([
                        "destination": .string(name), "deadLetters": PrintedJSON.number(count),
                    ]) : "\(Terminal.plain(name)): \(message)\n")
        }
        // A name that is mistyped has nothing either.
        return total > 0 && refused == 0 ? .success : .no
    }

    /// What is said of a name that nothing in the store is for.
    private func noWork(for name: String, _ desk: StoreDesk) throws(StoreError) -> String? {
        guard try !desk.hasDestination(name) else { return nil }
        return DeskFilterOptions.noDestination(name, among: try desk.destinations())
    }

    func reasonToLeave(_ row: Row) -> String? {
        guard case .job(let job) = row, let name = job.takenOverBy else { return nil }
        return "taken over by \(name)"
    }

    func list(_ desk: StoreDesk, _ filter: DeskFilter, limit: Int) throws(StoreError) -> [Row] {
        let jobs = try desk.deadLetters(filter, limit: limit).map(Row.job)
        return try jobs + desk.unreadDeliveries(filter, limit: limit - jobs.count).map(Row.delivery)
    }

    /// Jobs first, then deliveries.
    func all(
        _ desk: StoreDesk, _ filter: DeskFilter, after row: Row?, limit: Int
    ) throws(StoreError) -> [Row] {
        if case .delivery(let last) = row {
            return try desk.unreadDeliveries(filter, after: last.sequence, limit: limit).map(Row.delivery)
        }
        var last = 0
        if case .job(let job) = row { last = job.job }
        let jobs = try desk.deadLetters(filter, after: last, limit: limit).map(Row.job)
        return try jobs + desk.unreadDeliveries(filter, limit: limit - jobs.count).map(Row.delivery)
    }

    func find(_ id: String, _ desk: StoreDesk) throws(StoreError) -> Row? {
        if let sequence = Self.unreadSequence(id) {
            guard let row = try desk.delivery(numbered: sequence), row.state == .deadLetter else {
                return nil
            }
            return .delivery(row)
        }
        return try Int(id).flatMap { (job) throws(StoreError) in try desk.deadLetter(job).map(Row.job) }
    }

    /// The command that was probably meant, of the ID of a delivery or of an update that is no dead letter.
    ///
    /// It is named and not run: one number may be a delivery's and another one's update.
    func hint(_ action: String, _ id: String, _ desk: StoreDesk) throws(StoreError) -> String? {
        if let number = Int(id),
            let delivery = try desk.delivery(numbered: number / JobNumber.perDeliveryMax),
            let job = delivery.jobs.first(where: { $0.number == number })
        {
            return
                "update \(number) of delivery \(delivery.sequence) is \(job.shownState), and no dead letter"
        }
        var found = try desk.delivery(id)
        if found == nil, let number = Self.unreadSequence(id) { found = try desk.delivery(numbered: number) }
        guard let delivery = found else { return nil }
        let letters = delivery.jobs.filter(\.isDeadLetter).map { "\($0.number)" }
        let ids = delivery.state == .deadLetter ? ["d\(delivery.sequence)"] : letters
        guard ids.isEmpty else {
            return "that is a delivery; its dead letters are meant by dead-letters \(action) "
                + ids.joined(separator: " ")
        }
        return "that is a delivery without a dead letter; see deliveries \(action) '#\(delivery.sequence)'"
    }

    func id(_ row: Row) -> String {
        switch row {
        case .job(let job): "\(job.job)"
        case .delivery(let delivery): "d\(delivery.sequence)"
        }
    }

    func columns(_ row: Row) -> [String] {
        switch row {
        case .job(let job):
            [
                id(row), TextTable.moment(job.receivedAt), job.destination, job.action,
                TextTable.tries(job.attempts, inAll: job.attemptsInAll),
                job.holds == 0 ? "-" : "\(job.holds)", job.takenOverBy.map { "by \($0)" } ?? "-",
                job.incident,
                job.reason,
            ]
        case .delivery(let delivery):
            [
                id(row), TextTable.moment(delivery.receivedAt), "-", "-", "-", "-", "-", delivery.deliveryID,
                delivery.reason ?? "-",
            ]
        }
    }

    func page(_ row: Row, _ desk: StoreDesk) -> String {
        switch row {
        case .job(let job):
            let names = ["id"] + titles.dropFirst().map { $0.lowercased() }
            return TextTable.fields(Array(zip(names, columns(row))) + [("delivery", job.deliveryID)])
                + (job.exchange.map {
                    "\nLast sent:\n\(TextTable.lines($0.request))\nAnswered:\n\(TextTable.lines($0.answer))"
                } ?? "\nNothing was sent.\n")
        case .delivery(let delivery): return delivery.page()
        }
    }

    func json(_ row: Row, of desk: StoreDesk, isWhole: Bool) -> JSONValue {
        switch row {
        case .delivery(let delivery): return delivery.json()
        case .job(let job):
            return [
                "id": .string(id(row)), "receivedAt": .string(TextTable.moment(job.receivedAt) + "Z"),
                "destination": .string(job.destination), "action": .string(job.action),
                "incident": .string(job.incident), "delivery": .string(job.deliveryID),
                "attempts": PrintedJSON.number(job.attempts),
                "attemptsInAll": PrintedJSON.number(job.attemptsInAll),
                "holds": PrintedJSON.number(job.holds),
                "reason": .string(job.reason),
                "takenOverBy": job.takenOverBy.map { .string($0) } ?? .null,
                "request": job.exchange.map { .string($0.request) } ?? .null,
                "answer": job.exchange.map { .string($0.answer) } ?? .null,
            ]
        }
    }

    func jobs(_ row: Row) -> [Int] { if case .job(let job) = row { [job.job] } else { [] } }

    func isForRelay(_ row: Row) -> Bool { if case .delivery = row { true } else { false } }

    func answer(to row: Row, _ desk: StoreDesk) throws(StoreError) -> RetryAnswer? {
        guard case .delivery(let delivery) = row else { return nil }
        return try desk.delivery(numbered: delivery.sequence)?.answer
    }

    func retry(_ row: Row, _ desk: StoreDesk, isOfAll: Bool) throws(StoreError) -> DeskOutcome {
        switch row {
        case .job(let job): try desk.retryDeadLetter(job.job)
        case .delivery(let delivery): try desk.retryUnread(delivery.sequence)
        }
    }

    func discard(
        _ row: Row, _ desk: StoreDesk, isOfAll: Bool, note: String
    ) throws(StoreError) -> DeskOutcome {
        switch row {
        case .job(let job): try desk.discardDeadLetter(job.job, now: Live.wallTime(), note: note)
        case .delivery(let delivery): try desk.discardUnread(delivery.sequence, note: note)
        }
    }

    /// The delivery that a dead letter's ID names, as in `d12`; nil where the ID is a job's number.
    private static func unreadSequence(_ id: String) -> Int? { id.hasPrefix("d") ? Int(id.dropFirst()) : nil }
}
