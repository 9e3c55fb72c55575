internal import AdapterKit
internal import VendorSandbox

/// What every command is given: the adapters and emulators of the executable, and the process's environment.
struct CommandContext: Sendable {
    /// The adapters that a configuration can name, in the order in which people see them.
    let adapters: [AdapterType]
    /// The vendors that can be emulated.
    let emulators: [any VendorEmulator]
    /// The environment variables of the process.
    let environment: [String: String]
    /// Whether the process may write to the system's own folders.
    let isRoot: Bool

    /// What a configuration refers to.
    var configurationEnvironment: ConfigurationEnvironment {
        ConfigurationEnvironment(
            variables: environment, isRoot: isRoot, readFile: Files.contents, permissions: Files.permissions)
    }

    /// The adapters whose vendor can be emulated, each with its emulator.
    var emulated: [(type: AdapterType, emulator: any VendorEmulator)] {
        adapters.compactMap { type in
            emulators.first { $0.vendor.rawValue == type.name }.map { (type, $0) }
        }
    }

    /// The names of the adapters, for a message.
    var adapterNames: String { adapters.map(\.name).joined(separator: ", ") }

    /// The environment variables of all settings of the adapters, for a message.
    var adapterVariables: String {
        adapters.flatMap(\.settings).map(\.environmentVariable).joined(separator: ", ")
    }
}
