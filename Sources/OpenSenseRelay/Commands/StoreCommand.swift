internal import OpenSenseWebhooks
internal import RelayStorage

/// `store`: what can be done with a store as a whole.
struct StoreCommand: Command {
    let context: CommandContext

    let help = CommandHelp(
        name: "store", arguments: "compact", argumentCount: 1...1,
        summary: "Make the file of a SQLite store compact.",
        discussion: """
            Room that pruning frees is used again, so this is needed only where the store will stay smaller than
            it was. It may need twice the store's length on its disk. A relay may run: it puts its sender off
            with 429 while the store is written anew. PostgreSQL's autovacuum does this by itself.
            """,
        options: DeskOptions.storeOptions,
        examples: [
            .init(
                command: "opensense-relay store compact --store sqlite:/var/lib/opensense-relay/relay.db",
                summary: "Give the disk its room back.")
        ],
        exitCodes: [
            (.success, "It is done, or PostgreSQL does it."), (.usage, "The command was called wrongly."),
            (.noInput, "There is no such store or configuration."),
            (.unavailable, "The store cannot be had, or its disk has not enough room."),
            (.configuration, "The configuration is at fault."),
        ])

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        guard arguments.positionals == ["compact"] else {
            throw ParsedArguments.usage(help, "The one action is compact.")
        }
        switch try DeskOptions.location(arguments, help, context) {
        case .memory: throw DeskOptions.inMemory
        case .postgresql:
            Terminal.out("Nothing to do: PostgreSQL's autovacuum makes the room of what is deleted free.\n")
        case .sqlite(let path):
            guard Files.isThere(path) else { throw DeskOptions.notThere(path) }
            do throws(StoreError) {
                let sizes = try StoreCompaction.make(of: path)
                Terminal.out("\(path): \(sizes.before) bytes before, \(sizes.after) bytes now\n")
            } catch { throw CommandError(.unavailable, error.description) }
        }
        return .success
    }
}
