/// The option that names a configuration, and reading it.
enum ConfigurationOptions {
    static let options: [CommandHelp.Option] = [
        .init(
            name: "--config", value: "FILE", summary: "The configuration, JSON5; without it the environment.")
    ]

    /// The configuration that the arguments name.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 and every fault.
    static func read(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) throws(CommandError) -> Configuration {
        try read(file: arguments.value("--config"), context)
    }

    /// The configuration in `file`, or in the environment for nil.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 and every fault.
    static func read(file: String?, _ context: CommandContext) throws(CommandError) -> Configuration {
        switch try result(file: file, context) {
        case .success(let configuration): return configuration
        case .failure(let faults):
            let lines = faults.faults.map { fault in
                (file.map { $0 + ":" } ?? "") + (fault.line == nil && file != nil ? " " : "") + "\(fault)"
            }
            let count = lines.count == 1 ? "1 fault" : "\(lines.count) faults"
            throw CommandError(
                .configuration, "The configuration has \(count).\n" + lines.joined(separator: "\n"))
        }
    }

    /// The configuration in `file`, or in the environment for nil, or every fault of it.
    ///
    /// - Throws: ``CommandError`` with code 66.
    static func result(
        file: String?, _ context: CommandContext
    ) throws(CommandError) -> Result<Configuration, ConfigurationFaults> {
        var reader = ConfigurationReader(
            adapters: context.adapters, environment: context.environment, isRoot: context.isRoot,
            readFile: Files.contents)
        let text: [UInt8]? = if let file { try Files.read(file) } else { nil }
        return Result { () throws(ConfigurationFaults) in
            if let text { return try reader.configuration(from: text) }
            return try reader.configurationFromEnvironment()
        }
    }
}
