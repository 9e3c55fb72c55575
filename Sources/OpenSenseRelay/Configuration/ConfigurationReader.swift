package import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks
internal import RelayCore

/// Reads a configuration from a file's text or from environment variables alone, and names every fault at once.
package struct ConfigurationReader {
    let adapters: [AdapterType]
    let environment: [String: String]
    let isRoot: Bool
    let readFile: (String) throws -> [UInt8]
    /// The text's outline; nil where there is no text, and so no lines.
    var outline: JSON5Outline?
    var faults: [ConfigurationFault] = []
    var warnings: [String] = []

    /// A reader.
    ///
    /// - Parameters:
    ///   - adapters: The adapters that can be named.
    ///   - environment: The variables that `env:` secrets come from.
    ///   - isRoot: Whether the process may write to the system's own folders.
    ///   - readFile: Reads the file of a `file:` secret.
    package init(
        adapters: [AdapterType], environment: [String: String], isRoot: Bool,
        readFile: @escaping (String) throws -> [UInt8]
    ) {
        self.isRoot = isRoot
        self.adapters = adapters
        self.environment = environment
        self.readFile = readFile
    }

    /// The configuration in a JSON5 text.
    ///
    /// - Throws: ``ConfigurationFaults`` with every fault.
    package mutating func configuration(from text: [UInt8]) throws(ConfigurationFaults) -> Configuration {
        (faults, warnings) = ([], [])
        let outline = JSON5Outline(String(decoding: text, as: UTF8.self))
        self.outline = outline
        // Foundation's JSON5 reader traps on some bytes that are not UTF-8.
        guard String(validating: text, as: UTF8.self) != nil else { throw notUTF8(text) }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        guard let value = try? decoder.decode(JSONValue.self, from: Data(text)), case .object = value else {
            let position = outline.stoppedAt ?? JSON5Outline.Position(line: 1, column: 1)
            let message =
                "This is not a JSON5 object; a comma, a quote or a brace is missing or out of place."
            throw ConfigurationFaults(
                faults: [.init(line: position.line, column: position.column, path: "", message: message)])
        }
        for (path, position) in outline.repeated {
            add(path, "This is given a second time; remove one of them.", position)
        }
        let configuration = read(ConfigurationNode(path: "", value: value))
        guard faults.isEmpty, let configuration else { throw sortedFaults() }
        return configuration
    }

    private func notUTF8(_ text: [UInt8]) -> ConfigurationFaults {
        var end = 0
        var decoder = UTF8()
        var bytes = text.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&bytes) { end += UTF8.width(scalar) }
        let before = String(decoding: text[..<end], as: UTF8.self)
        let line = 1 + before.count { $0.isNewline }
        let column = 1 + before.reversed().prefix { !$0.isNewline }.count
        let message = "The file is not UTF-8: save it as that."
        return ConfigurationFaults(faults: [.init(line: line, column: column, path: "", message: message)])
    }

    /// Everything wrong so far, in the order of the text.
    func sortedFaults() -> ConfigurationFaults {
        ConfigurationFaults(
            faults: faults.sorted { ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0) })
    }

    mutating func add(_ path: String, _ message: String, _ position: JSON5Outline.Position? = nil) {
        let position = position ?? outline?.place(of: path)
        faults.append(.init(line: position?.line, column: position?.column, path: path, message: message))
    }

    // MARK: The whole

    private mutating func read(_ root: ConfigurationNode) -> Configuration? {
        let members = object(
            root,
            names: ["listen", "admin", "store", "leaseSeconds", "sources", "destinations", "routes"])
        let listen = address(members["listen"]) ?? .standard
        let admin = address(members["admin"])
        let store = store(members["store"])
        let leaseSeconds = leaseSeconds(members["leaseSeconds"])
        let sources = sources(members["sources"])
        let destinations = destinations(members["destinations"])
        let routes = routes(members["routes"], destinations: destinationNames(members["destinations"]))
        guard let store else { return nil }
        var configuration = Configuration(
            store: store, sources: sources, destinations: destinations, routes: routes)
        configuration.listen = listen
        configuration.admin = admin
        configuration.leaseSeconds = leaseSeconds ?? configuration.leaseSeconds
        configuration.warnings = warnings
        return configuration
    }

    private mutating func address(_ node: ConfigurationNode?) -> ListenAddress? {
        guard let node, let text = text(node) else { return nil }
        guard let address = ListenAddress(text) else {
            add(node.path, "Expected HOST:PORT, such as \"127.0.0.1:8080\".")
            return nil
        }
        return address
    }

    private mutating func store(_ node: ConfigurationNode?) -> StoreLocation? {
        guard let node else { return DefaultStore.location(environment, isRoot: isRoot) }
        guard let text = text(node) else { return nil }
        guard let store = StoreLocation(text) else {
            let message =
                text.hasPrefix("postgres")
                ? "Expected \"postgres://USER@HOST/DATABASE\"; in a password, :, /, @ and % are percent-encoded."
                : "Expected \"sqlite:PATH\", \"postgres://…\" or \"memory:\"."
            add(node.path, message)
            return nil
        }
        return store
    }

    /// What a lease may be: longer than a request to a vendor takes, and no longer than anybody would wait for
    /// another relay to take over.
    private static let leaseSeconds = 15...600

    private mutating func leaseSeconds(_ node: ConfigurationNode?) -> Int? {
        guard let node, let seconds = integer(node) else { return nil }
        guard Self.leaseSeconds.contains(seconds) else {
            let (least, most) = (Self.leaseSeconds.lowerBound, Self.leaseSeconds.upperBound)
            add(node.path, "Expected \(least) to \(most) seconds.")
            return nil
        }
        return seconds
    }

    // MARK: Sources

    private mutating func sources(_ node: ConfigurationNode?) -> [SourceConfiguration] {
        guard let node else {
            add("", "There are no \"sources\"; name at least one with its secrets.")
            return []
        }
        guard let items = items(node) else { return [] }
        if items.isEmpty { add(node.path, "There must be at least one source.") }
        var paths: Set<String> = []
        return items.compactMap { item in
            guard let source = source(item) else { return nil }
            if !paths.insert(source.path).inserted {
                add(item.path, "Another source has the path \(source.path) already.")
            }
            return source
        }
    }

    private mutating func source(_ node: ConfigurationNode) -> SourceConfiguration? {
        let members = object(
            node, names: ["path", "secrets", "toleranceSeconds", "staleness", "strictHeaders"])
        let before = faults.count
        let path = members["path"].map { text($0) ?? "/" } ?? "/opensense"
        if !path.hasPrefix("/") || path.contains("?") || ["/healthz", "/readyz"].contains(path) {
            add(
                node.path + ".path", "Expected a path such as \"/opensense\"; /healthz and /readyz are taken."
            )
        }
        let secrets = secrets(members["secrets"], of: node)
        let tolerance = tolerance(members["toleranceSeconds"])
        let staleness = staleness(members["staleness"])
        let strict = members["strictHeaders"].map { boolean($0) } ?? false
        guard faults.count == before, !secrets.isEmpty, let tolerance, let staleness else { return nil }
        return SourceConfiguration(
            path: path, secrets: secrets, tolerance: tolerance, staleness: staleness, strictHeaders: strict)
    }

    private mutating func secrets(_ node: ConfigurationNode?, of source: ConfigurationNode) -> [Secret] {
        guard let node else {
            add(source.path, "There are no \"secrets\"; expected [\"env:OPENSENSE_SECRET\"] or the like.")
            return []
        }
        guard let items = items(node) else { return [] }
        if !(1...WebhookVerifier.secretsMax).contains(items.count) {
            add(node.path, "There must be 1 to \(WebhookVerifier.secretsMax) secrets.")
        }
        return items.compactMap { secret($0) }
    }

    private mutating func tolerance(_ node: ConfigurationNode?) -> TimestampTolerance? {
        guard let node else { return .standard }
        guard let seconds = integer(node) else { return nil }
        do { return try TimestampTolerance(seconds: seconds) } catch {
            add(node.path, error.description)
            return nil
        }
    }

    private mutating func staleness(_ node: ConfigurationNode?) -> SourceConfiguration.Staleness? {
        guard let node else { return .defer }
        guard let text = text(node) else { return nil }
        guard let staleness = SourceConfiguration.Staleness(rawValue: text) else {
            add(node.path, "Expected \"defer\" or \"reject\".")
            return nil
        }
        return staleness
    }
}
