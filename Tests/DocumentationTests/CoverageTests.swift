import Testing

/// Users of the package read its documentation comments, not its code.
@Suite struct `The public API` {
    @Test(arguments: SymbolGraph.modules) func `is documented to the last symbol`(_ module: String) throws {
        let graph = try SymbolGraph.of(module)
        let missing = graph.written.filter { $0.docComment == nil }
        let (count, all) = (graph.written.count - missing.count, graph.written.count)
        print(
            "\(module): \(count) of \(all) public symbols documented, and \(graph.symbols.count - all) synthesised"
        )
        // RelayCommand and its one function are all of OpenSenseRelay.
        #expect(all >= 2, "The symbol graph of \(module) is all but empty.")
        #expect(missing.map { $0.pathComponents.joined(separator: ".") } == [])
        // Only declared symbols have a location: it distinguishes them from synthesised ones.
        #expect(graph.written.allSatisfy { $0.location != nil })
    }
}
