internal import FoundationEssentials
internal import Glibc
internal import OpenSenseRelay

/// The option that names a configuration, and reading it.
enum ConfigurationOptions {
    static let options: [CommandHelp.Option] = [
        .init(
            name: "--config", value: "FILE", summary: "The configuration, JSON5; without it the environment.")
    ]

    /// The configuration that the arguments name.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 and every fault.
    static func read(_ arguments: ParsedArguments) throws(CommandError) -> Configuration {
        try read(file: arguments.value("--config"))
    }

    /// The configuration in `file`, or in the environment for nil.
    ///
    /// - Throws: ``CommandError`` with code 66, or 78 and every fault.
    static func read(file: String?) throws(CommandError) -> Configuration {
        var reader = ConfigurationReader(
            adapters: StandardAdapters.all, environment: ProcessInfo.processInfo.environment,
            isRoot: geteuid() == 0, readFile: Files.contents)
        let text: [UInt8]? = if let file { try Files.read(file) } else { nil }
        do throws(ConfigurationFaults) {
            if let text { return try reader.configuration(from: text) }
            return try reader.configurationFromEnvironment()
        } catch {
            let lines = error.faults.map { fault in
                (file.map { $0 + ":" } ?? "") + (fault.line == nil && file != nil ? " " : "") + "\(fault)"
            }
            let count = lines.count == 1 ? "1 fault" : "\(lines.count) faults"
            throw CommandError(
                .configuration, "The configuration has \(count).\n" + lines.joined(separator: "\n"))
        }
    }
}
