/// Something that `opensense-relay` does.
protocol Command {
    /// What it is for and how it is called.
    var help: CommandHelp { get }

    /// Does it.
    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode
}
