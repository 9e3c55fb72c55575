import AdapterKit
import OpenSenseRelay

struct NoSuchFile: Error {}

extension Configuration {
    /// The configuration in a file's text.
    init(
        text: [UInt8], adapters: [AdapterType], environment: [String: String] = [:],
        readFile: @escaping @Sendable (String) throws -> [UInt8] = { _ in throw NoSuchFile() }
    ) throws(ConfigurationFaults) {
        try self.init(
            ConfigurationDocument(ConfigurationSettings(text: text), adapters: adapters),
            in: ConfigurationEnvironment(variables: environment, isRoot: true, readFile: readFile))
    }

    /// The configuration in environment variables alone, and in options by their name.
    init(
        environment: [String: String], adapters: [AdapterType], options: KeyValuePairs<String, String> = [:]
    ) throws(ConfigurationFaults) {
        var settings = ConfigurationSettings(environment: environment, adapters: adapters)
        for (name, value) in options { settings.override(name, with: value, from: "--\(name)") }
        try self.init(
            ConfigurationDocument(settings, adapters: adapters),
            in: ConfigurationEnvironment(
                variables: environment, isRoot: false, readFile: { _ in throw NoSuchFile() }))
    }
}
