internal import OpenSenseWebhooks
internal import RelayStorage

/// `backup`: a consistent copy of a store, while a relay runs on it.
struct BackupCommand: Command {
    let context: CommandContext

    let help = CommandHelp(
        name: "backup", arguments: "FILE", argumentCount: 1...1,
        summary: "Copy a SQLite store to a new file, while a relay runs on it.",
        discussion: """
            The copy is one moment of the store, is checked, and is on disk under its name only when it is whole.
            Never copy the files of a store with cp under a running relay: most of it is in the log beside the
            file. For PostgreSQL the pg_dump command to use is printed, and the exit code is 1.
            """,
        options: DeskOptions.storeOptions,
        examples: [
            .init(
                command:
                    "opensense-relay backup /var/backups/relay.db --config /etc/opensense-relay/relay.json5",
                summary: "What if the disk fails?")
        ],
        exitCodes: [
            (.success, "The copy is made, checked and on disk."),
            (.no, "The store is PostgreSQL's: the command to use is printed."),
            (.usage, "The command was called wrongly, or FILE is there already or belongs to the store."),
            (.noInput, "There is no such store, configuration or folder."),
            (.unavailable, "The store cannot be had, or the disk is full; nothing is left behind."),
            (.configuration, "The configuration is at fault."),
        ])

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        let target = arguments.positionals[0]
        switch try DeskOptions.location(arguments, help, context) {
        case .memory: throw DeskOptions.inMemory
        case .postgresql(let address):
            let file = ShellWord.quoted(target)
            Terminal.error(
                "The store is in PostgreSQL, which makes copies itself; the password comes from PGPASSWORD or "
                    + "~/.pgpass:\n")
            let place = ShellWord.quoted(address.withoutPassword)
            Terminal.out("pg_dump --format=custom --file=\(file) --dbname=\(place)\n")
            return .no
        case .sqlite(let path):
            guard Files.isThere(path) else { throw DeskOptions.notThere(path) }
            return try copy(path, to: target)
        }
    }

    private func copy(_ path: String, to target: String) throws(CommandError) -> ExitCode {
        do throws(StoreCopy.Refusal) {
            let copy = try StoreCopy.make(of: path, at: target)
            Terminal.out("\(target): \(copy.deliveries) deliveries, \(copy.bytes) bytes\n")
            return .success
        } catch {
            throw switch error {
            case .isThere:
                CommandError(.usage, "\(target) is there already; name a file that is not.")
            case .isOfStore:
                CommandError(.usage, "\(target) belongs to the store; name a file elsewhere.")
            case .noFolder: CommandError(.noInput, "The folder of \(target) is not there; make it.")
            case .failed(let failure): CommandError(.unavailable, "No copy is made: \(failure.description)")
            }
        }
    }
}
