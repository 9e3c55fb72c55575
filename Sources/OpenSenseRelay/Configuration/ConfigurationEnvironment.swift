/// What a configuration refers to and does not hold: variables, files, and the rights of the process.
package struct ConfigurationEnvironment: Sendable {
    /// The environment variables, which `env:` secrets come from.
    package let variables: [String: String]
    /// Whether the process may write to the system's own folders.
    package let isRoot: Bool
    /// Reads the file of a `file:` secret.
    package let readFile: @Sendable (String) throws -> [UInt8]
    /// Who may do what with a regular file, as `chmod` counts; nil for anything else.
    package let permissions: @Sendable (String) -> Int?

    /// The environment of a process or of a test.
    package init(
        variables: [String: String], isRoot: Bool,
        readFile: @escaping @Sendable (String) throws -> [UInt8],
        permissions: @escaping @Sendable (String) -> Int? = { _ in nil }
    ) {
        self.variables = variables
        self.isRoot = isRoot
        self.readFile = readFile
        self.permissions = permissions
    }

    /// Where the store is when nothing names one; nil where there is no place for it.
    package var defaultStore: StoreLocation? { DefaultStore.location(variables, isRoot: isRoot) }
}
