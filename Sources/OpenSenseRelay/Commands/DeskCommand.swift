internal import OpenSenseWebhooks
internal import RelayStorage

/// A command that lists and shows rows of a store, and retries or discards them.
protocol DeskCommand: Command {
    associatedtype Row

    var context: CommandContext { get }
    var titles: [String] { get }
    /// Whether ``list(_:limit:)`` begins with the newest.
    var isNewestFirst: Bool { get }
    /// Why `retry --all` leaves a row out; nil for what it does not.
    func reasonToLeave(_ row: Row) -> String?
    /// The actions beside list, show, retry and discard.
    var otherActions: [String] { get }
    func list(_ desk: StoreDesk, limit: Int) throws(StoreError) -> [Row]
    func find(_ id: String, _ desk: StoreDesk) throws(StoreError) -> Row?
    func id(_ row: Row) -> String
    func columns(_ row: Row) -> [String]
    /// Everything about a row, for a person.
    func page(_ row: Row) -> String
    func json(_ row: Row) -> JSONValue
    func retry(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeskOutcome
    func discard(_ id: String, _ desk: StoreDesk) throws(StoreError) -> DeskOutcome
}

extension DeskCommand {
    var isNewestFirst: Bool { false }
    var otherActions: [String] { [] }

    func reasonToLeave(_ row: Row) -> String? { nil }

    static var arguments: String { "list|show|retry|discard [ID…]" }

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        try work(arguments)
    }

    /// Does one of the four actions.
    func work(_ arguments: ParsedArguments) throws(CommandError) -> ExitCode {
        let ids = Array(arguments.positionals.dropFirst())
        let action = arguments.positionals.first ?? ""
        try check(action, ids: ids, arguments: arguments)
        let desk = try DeskOptions.open(arguments, help, context)
        do throws(StoreError) {
            switch action {
            case "list": return try list(desk, arguments)
            case "show": return try show(ids, in: desk, arguments: arguments)
            default: return try perform(action, on: ids, in: desk, arguments: arguments)
            }
        } catch { throw CommandError(.unavailable, error.description) }
    }

    private func check(
        _ action: String, ids: [String], arguments: ParsedArguments
    ) throws(CommandError) {
        _ = try DeskOptions.limit(arguments, help)
        let fault: String? =
            switch action {
            case "list": ids.isEmpty ? nil : "list takes no IDs."
            case "show": ids.isEmpty ? "show needs an ID." : nil
            case "retry", "discard":
                ids.isEmpty == arguments.has("--all") ? nil : "\(action) needs IDs, or --all, and not both."
            default:
                "There is no action \(action); it is list, show, retry or discard"
                    + otherActions.map { ", or \($0)" }.joined() + "."
            }
        if let fault { throw ParsedArguments.usage(help, fault) }
    }

    private func list(
        _ desk: StoreDesk, _ arguments: ParsedArguments
    ) throws(StoreError) -> ExitCode {
        // The limit was checked before.
        let limit = (try? DeskOptions.limit(arguments, help)) ?? DeskOptions.limitStandard
        let rows = try list(desk, limit: limit)
        if arguments.has("--json") {
            for row in rows { Terminal.out(PrintedJSON.line(json(row))) }
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
                Terminal.out(arguments.has("--json") ? PrintedJSON.line(json(row)) : page(row))
            } else {
                Terminal.error("\(Terminal.plain(id)): there is none.\n")
                code = .no
            }
        }
        return code
    }

    /// The rows that `--all` means, and a word about those that it leaves out.
    private func everything(_ action: String, in desk: StoreDesk) throws(StoreError) -> [String] {
        let rows = try list(desk, limit: .max)
        guard action == "retry" else { return rows.map(id) }
        return rows.filter { row in
            guard let reason = reasonToLeave(row) else { return true }
            Terminal.error("\(id(row)): left out: \(reason); name it to have it tried all the same.\n")
            return false
        }.map(id)
    }

    private func perform(
        _ action: String, on ids: [String], in desk: StoreDesk, arguments: ParsedArguments
    ) throws(StoreError) -> ExitCode {
        // In the order of acceptance: what was accepted first is sent first.
        let all = arguments.has("--all") ? try everything(action, in: desk) : []
        let ids = arguments.has("--all") ? (isNewestFirst ? all.reversed() : all) : ids
        var code = ExitCode.success
        for id in ids {
            let outcome = try action == "retry" ? retry(id, desk) : discard(id, desk)
            let (word, message): (String, String)
            switch outcome {
            case .done: (word, message) = ("done", action == "retry" ? "is tried again" : "is discarded")
            case .notFound: (word, message) = ("not-found", "there is none")
            case .refused(let why): (word, message) = ("refused", why)
            }
            if outcome != .done { code = .no }
            let id = Terminal.plain(id)
            Terminal.out(
                arguments.has("--json")
                    ? PrintedJSON.line([
                        "id": .string(id), "outcome": .string(word), "message": .string(message),
                    ])
                    : "\(id): \(message)\n")
        }
        if ids.isEmpty { Terminal.error("There are none.\n") }
        return code
    }
}
