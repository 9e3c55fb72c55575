internal import AdapterKit

/// The option that names a configuration, and reading it.
enum ConfigurationOptions {
    static let options: [CommandHelp.Option] = [
        .init(
            name: "--config", value: "FILE", summary: "The configuration, JSON5; without it the environment.")
    ]

    /// The settings that an option of the same name can give in place of the file or the environment.
    private static let overridable = ["listen", "store"]

    /// The configuration that the arguments name, with what `--listen` and `--store` say in it.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 and every fault.
    static func read(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) throws(CommandError) -> Configuration {
        let file = arguments.value("--config")
        return try unwrap(try result(file: file, overriddenBy: arguments, context), file: file)
    }

    /// The configuration in `file`, or in the environment for nil.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 and every fault.
    static func read(file: String?, _ context: CommandContext) throws(CommandError) -> Configuration {
        try unwrap(try result(file: file, context), file: file)
    }

    /// The configuration in `file`, or in the environment for nil, or every fault of it.
    ///
    /// - Throws: ``CommandError`` with code 66.
    static func result(
        file: String?, overriddenBy arguments: ParsedArguments? = nil, _ context: CommandContext
    ) throws(CommandError) -> Result<Configuration, ConfigurationFaults> {
        let text: [UInt8]? = if let file { try text(of: file) } else { nil }
        return Result { () throws(ConfigurationFaults) in
            var settings =
                if let text { try ConfigurationSettings(text: text) } else {
                    ConfigurationSettings(environment: context.environment, adapters: context.adapters)
                }
            for name in overridable {
                guard let value = arguments?.value("--\(name)") else { continue }
                settings.override(name, with: value, from: "--\(name)")
            }
            let document = ConfigurationDocument(settings, adapters: context.adapters)
            return try Configuration(document, in: context.configurationEnvironment)
        }
    }

    /// Where the store is that `file` names, or the default one; nothing else of the file needs to be right.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 when the store cannot be read from it.
    static func store(file: String?, _ context: CommandContext) throws(CommandError) -> StoreLocation {
        guard let file else {
            guard let location = context.configurationEnvironment.defaultStore else {
                throw CommandError(.configuration, DefaultStore.advice)
            }
            return location
        }
        return try read(file, context) { document throws(ConfigurationFaults) in
            try document.storeLocation(in: context.configurationEnvironment)
        }
    }

    /// The names of the destinations of `file`; nothing else of the file needs to be right.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 where it cannot be read.
    static func destinations(file: String, _ context: CommandContext) throws(CommandError) -> [String] {
        try read(file, context) { document throws(ConfigurationFaults) in
            document.destinations.map(\.name)
        }
    }

    /// The settings of `file`, whose secrets are not read.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 and every fault.
    static func document(
        file: String, _ context: CommandContext
    ) throws(CommandError) -> ConfigurationDocument {
        try read(file, context) { document throws(ConfigurationFaults) in
            guard document.faults.isEmpty else { throw ConfigurationFaults(document.faults) }
            return document
        }
    }

    /// What `body` makes of the settings of `file`.
    private static func read<Value>(
        _ file: String, _ context: CommandContext,
        _ body: (ConfigurationDocument) throws(ConfigurationFaults) -> Value
    ) throws(CommandError) -> Value {
        let text = try text(of: file)
        let value = Result { () throws(ConfigurationFaults) in
            try body(
                ConfigurationDocument(try ConfigurationSettings(text: text), adapters: context.adapters))
        }
        return try unwrap(value, file: file)
    }

    /// - Throws: ``CommandError`` with code 66, or 78 for one that is too long.
    private static func text(of file: String) throws(CommandError) -> [UInt8] {
        do { return try Files.read(file, bytesMax: Files.configurationBytesMax) } catch {
            if case .tooLong = error { throw CommandError(.configuration, error.sentence(file)) }
            throw CommandError(error, file)
        }
    }

    /// The names of places that a document has, or that stand in the file that it refers to.
    ///
    /// - Throws: ``CommandError`` with code 78.
    static func names(
        of document: ConfigurationDocument?, file: String?, _ context: CommandContext
    ) throws(CommandError) -> PlaceNames {
        guard let document else { return PlaceNames() }
        let readFile = context.configurationEnvironment.readFile
        return try unwrap(
            Result { () throws(ConfigurationFaults) in
                try document.names.fetched(readFile, at: document.places)
            }, file: file)
    }

    private static func unwrap<Value>(
        _ result: Result<Value, ConfigurationFaults>, file: String?
    ) throws(CommandError) -> Value {
        do { return try result.get() } catch {
            let lines = error.faults.map { fault in
                (file.map { $0 + ":" } ?? "") + (fault.line == nil && file != nil ? " " : "") + "\(fault)"
            }
            let count = lines.count == 1 ? "1 fault" : "\(lines.count) faults"
            throw CommandError(
                .configuration, "The configuration has \(count).\n" + lines.joined(separator: "\n"))
        }
    }
}
