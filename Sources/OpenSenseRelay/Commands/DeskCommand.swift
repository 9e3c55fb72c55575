internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// A command that lists and shows rows of a store, and retries or discards them.
protocol DeskCommand: Command {
    associatedtype Row

    var context: CommandContext { get }
    var titles: [String] { get }
    /// The actions beside list, show, retry and discard.
    var otherActions: [String] { get }
    /// The filters that `--all` takes.
    var filtersOfAll: [String] { get }
    /// Rows for a person to look at, in the order in which they are looked at.
    func list(_ desk: StoreDesk, _ filter: DeskFilter, limit: Int) throws(StoreError) -> [Row]
    /// What `--all` means, in the order of acceptance: the rows that come after one, at most so many.
    func all(
        _ desk: StoreDesk, _ filter: DeskFilter, after row: Row?, limit: Int
    ) throws(StoreError) -> [Row]
    func find(_ id: String, _ desk: StoreDesk) throws(StoreError) -> Row?
    /// What is said of an ID that ``find(_:_:)`` has no row for; nil for no more than that.
    func hint(_ action: String, _ id: String, _ desk: StoreDesk) throws(StoreError) -> String?
    func id(_ row: Row) -> String
    func columns(_ row: Row) -> [String]
    /// Everything about a row, for a person.
    func page(_ row: Row, _ desk: StoreDesk) throws(StoreError) -> String
    /// A row for a program; everything about it where it is shown alone.
    func json(_ row: Row, of desk: StoreDesk, isWhole: Bool) throws(StoreError) -> JSONValue
    /// The updates that a change of a row changes.
    func jobs(_ row: Row) -> [Int]
    /// Has a row tried again that a person has named; `isOfAll` of what `--all` means.
    func retry(_ row: Row, _ desk: StoreDesk, isOfAll: Bool) throws(StoreError) -> DeskOutcome
    /// Gives a row up that a person has named; `isOfAll` of what `--all` means. `note` says who does so.
    func discard(
        _ row: Row, _ desk: StoreDesk, isOfAll: Bool, note: String
    ) throws(StoreError) -> DeskOutcome
    /// Why `retry --all` leaves a row out; nil for what it does not.
    func reasonToLeave(_ row: Row) -> String?
    /// What came of a retry that only a relay can do; nil while none has taken it up, and where the retry is
    /// done with the command.
    func answer(to row: Row, _ desk: StoreDesk) throws(StoreError) -> RetryAnswer?
    /// Whether ``answer(to:_:)`` is to be waited for.
    func isForRelay(_ row: Row) -> Bool
}

/// What a relay made of something that a person asked it to try again.
enum RetryAnswer {
    case done(String)
    case refused(String)
}

extension DeskCommand {
    var otherActions: [String] { [] }
    var filtersOfAll: [String] { DeskFilterOptions.names }

    func hint(_ action: String, _ id: String, _ desk: StoreDesk) throws(StoreError) -> String? { nil }
    func reasonToLeave(_ row: Row) -> String? { nil }
    func jobs(_ row: Row) -> [Int] { [] }
    func isForRelay(_ row: Row) -> Bool { false }
    func answer(to row: Row, _ desk: StoreDesk) throws(StoreError) -> RetryAnswer? { nil }

    static var arguments: String { "list|show|retry|discard [ID…]" }

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        try await work(arguments)
    }

    /// Does one of the four actions.
    func work(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        let ids = Array(arguments.positionals.dropFirst())
        let action = arguments.positionals.first ?? ""
        try check(action, ids: ids, arguments: arguments)
        let filter = try DeskFilterOptions.filter(arguments, help)
        let limit = try DeskOptions.limit(arguments, help)
        let desk = try DeskOptions.open(arguments, help, context)
        try DeskFilterOptions.checkNames(
            filter, in: desk, configured: try configuredDestinations(arguments), help)
        do throws(StoreError) {
            switch action {
            case "list": return try list(desk, filter, limit: limit, arguments)
            case "show": return try show(ids, in: desk, arguments: arguments)
            default:
                let change = DeskChange(
                    command: self, isRetry: action == "retry", desk: desk, isJSON: arguments.has("--json"),
                    note: DeskOptions.note(arguments, JobState.discarded.rawValue))
                return try await arguments.has("--all") ? change.all(filter) : change.each(of: ids)
            }
        } catch { throw CommandError(.unavailable, error.description) }
    }

    /// The destinations of `--config`, where that is what names the store.
    private func configuredDestinations(_ arguments: ParsedArguments) throws(CommandError) -> [String] {
        guard arguments.has("--to"), !arguments.has("--store"), let file = arguments.value("--config") else {
            return []
        }
        return try ConfigurationOptions.destinations(file: file, context)
    }

    private func check(
        _ action: String, ids: [String], arguments: ParsedArguments
    ) throws(CommandError) {
        let fault: String? =
            switch action {
            case "list": ids.isEmpty ? nil : "list takes no IDs."
            case "show": ids.isEmpty ? "show needs an ID." : nil
            case "retry", "discard":
                ids.isEmpty == arguments.has("--all") ? nil : "\(action) needs IDs, or --all, and not both."
            default:
                (action.isEmpty ? "What to do is missing" : "There is no action \(action)")
                    + "; it is list, show, retry or discard" + otherActions.map { ", or \($0)" }.joined()
                    + "."
            }
        if let fault { throw ParsedArguments.usage(help, fault) }
        if arguments.has("--reason"), action != "discard" {
            throw ParsedArguments.usage(help, "--reason goes with what gives something up.")
        }
        let filters = DeskFilterOptions.names.filter(arguments.has)
        let unfit = filters.first { arguments.has("--all") && !filtersOfAll.contains($0) }
        if let unfit {
            throw ParsedArguments.usage(
                help,
                "\(unfit) does not go with --all, which means dead letters alone; see dead-letters \(action)."
            )
        }
        if let name = filters.first, action != "list", !arguments.has("--all") {
            throw ParsedArguments.usage(help, "\(name) goes with list and with --all.")
        }
    }

    private func list(
        _ desk: StoreDesk, _ filter: DeskFilter, limit: Int, _ arguments: ParsedArguments
    ) throws(StoreError) -> ExitCode {
        let rows = try list(desk, filter, limit: limit)
        if arguments.has("--json") {
            for row in rows { Terminal.out(PrintedJSON.line(try json(row, of: desk, isWhole: false))) }
            return .success
        }
        if rows.isEmpty {
            Terminal.error("There are none.\n")
        } else {
            Terminal.out(TextTable.text([titles] + rows.map(columns)))
        }
        if rows.count == limit {
            Terminal.error("There may be more; --limit takes up to \(StoreDesk.rowsMax).\n")
        }
        return .success
    }

    private func show(
        _ ids: [String], in desk: StoreDesk, arguments: ParsedArguments
    ) throws(StoreError) -> ExitCode {
        var code = ExitCode.success
        for id in ids {
            if let row = try find(id, desk) {
                Terminal.out(
                    arguments.has("--json")
                        ? PrintedJSON.line(try json(row, of: desk, isWhole: true)) : try page(row, desk))
            } else {
                let hint = try hint("show", id, desk).map { "; \($0)" } ?? ""
                Terminal.error("\(Terminal.plain(id)): there is none\(hint).\n")
                code = .no
            }
        }
        return code
    }
}
