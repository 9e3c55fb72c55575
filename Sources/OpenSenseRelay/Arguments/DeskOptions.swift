internal import OpenSenseWebhooks
internal import RelayStorage

/// The options and exit codes of the commands that work on a store, and opening it.
enum DeskOptions {
    static let limitStandard = 50

    /// The options that name a store.
    static let storeOptions: [CommandHelp.Option] = [
        .init(
            name: "--config", value: "FILE",
            summary: "The relay's configuration; only its store is read, and no key is needed."),
        .init(
            name: "--store", value: "URL",
            summary: "The store itself; without it and --config, the one that serve has without them."),
    ]

    static let options =
        storeOptions + [
            .init(name: "--all", summary: "For retry and discard: everything, not only the IDs given."),
            .init(
                name: "--limit", value: "N",
                summary: "For list: at most so many (default \(limitStandard), at most \(StoreDesk.rowsMax))."
            ),
            .init(
                name: "--reason", value: "TEXT",
                summary: "For discard and give-up: why; kept in the store with the name of the user."),
            .init(name: "--json", summary: "Print JSON, one line for each row."),
        ]

    static let exitCodes: [(code: ExitCode, meaning: String)] = [
        (.success, "It is done."), (.no, "Some of it was not found, or is refused; each is named."),
        (.usage, "The command was called wrongly."), (.noInput, "There is no such file."),
        (.unavailable, "The store cannot be had."), (.configuration, "The configuration is at fault."),
    ]

    /// The store that `--store` or `--config` names, or the default one.
    static func location(
        _ arguments: ParsedArguments, _ help: CommandHelp, _ context: CommandContext
    ) throws(CommandError) -> StoreLocation {
        guard let text = arguments.value("--store") else {
            return try ConfigurationOptions.store(file: arguments.value("--config"), context)
        }
        guard let named = StoreLocation(text) else {
            throw ParsedArguments.usage(help, "--store takes \(StoreLocation.forms).")
        }
        return named
    }

    /// What is said of a store that another process cannot reach.
    static let inMemory = CommandError(
        .unavailable, "A store in memory can be seen by its own relay alone.")

    /// What is said of a file that is not there.
    static func notThere(_ path: String) -> CommandError {
        CommandError(.noInput, "There is no store at \(path).")
    }

    /// Opens the store that the arguments name.
    ///
    /// - Throws: ``CommandError``; a store that is not there is not made.
    static func open(
        _ arguments: ParsedArguments, _ help: CommandHelp, _ context: CommandContext
    ) throws(CommandError) -> StoreDesk {
        let location = try location(arguments, help, context)
        do {
            guard let desk = try StoreDesk(at: location) else {
                throw inMemory
            }
            return desk
        } catch let error as StoreError {
            if case .sqlite(let path) = location, !Files.isThere(path) {
                throw notThere(path)
            }
            throw CommandError(.unavailable, error.description)
        } catch let error as CommandError {
            throw error
        } catch { throw CommandError(.unavailable, "The store cannot be had.") }
    }

    /// The longest reason that is kept, in characters.
    private static let reasonMax = 500

    /// Who gives something up, and why: what is kept of it in the store.
    static func note(_ arguments: ParsedArguments, _ verb: String) -> String {
        let reason = arguments.value("--reason").map { ": \($0.prefix(reasonMax))" } ?? ""
        return "\(verb) by \(HostProcess.userName)\(reason)"
    }

    static func limit(_ arguments: ParsedArguments, _ help: CommandHelp) throws(CommandError) -> Int {
        guard let text = arguments.value("--limit") else { return limitStandard }
        guard let limit = Int(text), (1...StoreDesk.rowsMax).contains(limit) else {
            throw ParsedArguments.usage(help, "--limit takes a number from 1 to \(StoreDesk.rowsMax).")
        }
        return limit
    }
}
