import Foundation

/// The public symbols of a module, from the compiler's symbol graph.
struct SymbolGraph: Decodable {
    struct Symbol: Decodable {
        struct Identifier: Decodable { let precise: String }
        struct Comment: Decodable {}
        struct Location: Decodable { let uri: String }

        let identifier: Identifier
        let pathComponents: [String]
        let docComment: Comment?
        let location: Location?

        /// Whether the compiler or the standard library wrote it, so that it cannot be documented: what a
        /// protocol extension gives a type (`!=`, `hashValue`, `localizedDescription`), and the initialisers
        /// of a raw value and of what is decoded.
        var isSynthesised: Bool {
            identifier.precise.contains("::SYNTHESIZED::")
                || location == nil && ["init(rawValue:)", "init(from:)"].contains(pathComponents.last)
        }
    }

    let symbols: [Symbol]

    /// What can be documented.
    var written: [Symbol] { symbols.filter { !$0.isSynthesised } }

    /// The public modules: these, and two for each folder of an adapter.
    static let modules =
        [
            "HeaderFields", "OpenSenseWebhooks", "AdapterKit", "AdapterTesting", "SQLiteLedger",
            "PostgreSQLLedger", "OpShiftClient", "OpenSenseRelay", "StandardAdapters", "VendorSandbox",
        ] + Repository.adapters.flatMap { ["\($0)Adapter", "\($0)Emulator"] }

    /// The graphs of all public modules of this build, made by `scripts/symbol-graphs.sh` once.
    private static let folder = Result { () throws -> URL in
        let products = try Repository.products
        let folder = products.appending(path: "documented-symbols")
        let made = try Shell.run("scripts/symbol-graphs.sh \"$@\"", [products.path, folder.path])
        guard made.status == 0 else { throw Failure(description: made.error) }
        return folder
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func of(_ module: String) throws -> SymbolGraph {
        let file = try folder.get().appending(path: "\(module)/\(module).symbols.json")
        return try JSONDecoder().decode(SymbolGraph.self, from: Data(contentsOf: file))
    }
}
