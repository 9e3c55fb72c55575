/// A JSON text that was read once: its bytes, and where in them each value stands.
///
/// Nothing is decoded before it is asked for. Reading takes time and memory in proportion to the bytes,
/// whatever they are; a value is a number of a node, valid for this document alone.
package struct JSONDocument: Sendable {
    /// The longest text that is read.
    ///
    /// - Unit: bytes. Callers apply lower bounds; this is that of the longest capture.
    package static let bytesMax = 64 * 1_048_576

    /// The text as UTF-8.
    let bytes: [UInt8]
    let nodes: [JSONNode]
    private let leniencySet: JSONLeniencySet

    /// The outermost value.
    package let root = 0

    /// What was let pass although JSON forbids it.
    package var leniencies: Set<JSONLeniency> { leniencySet.all }

    /// How many values and names were found, those of what is kept as text not counted.
    package var nodeCount: Int { nodes.count }

    /// Reads `input`, which holds one value.
    ///
    /// - Throws: ``JSONError`` for what is neither JSON nor one of the ``JSONLeniency``.
    package init(_ input: [UInt8]) throws(JSONError) {
        guard input.count <= Self.bytesMax else { throw JSONError(.tooLong, at: Self.bytesMax) }
        var leniencies = JSONLeniencySet()
        let (text, start) = try JSONBytes.utf8(input, &leniencies)
        do {
            _ = try UTF8Span(validating: text.span)
        } catch {
            throw JSONError(.notUTF8, at: error.byteOffsets.lowerBound)
        }
        var reader = JSONReader(start: start)
        try reader.read(text.span)
        leniencies.formUnion(reader.leniencies)
        bytes = text
        nodes = reader.nodes
        leniencySet = leniencies
    }

    // MARK: Walking

    /// Whether the value is an object.
    package func isObject(_ node: Int) -> Bool { nodes[node].kind == .object }

    /// Whether the value is `null`.
    func isNull(_ node: Int) -> Bool { nodes[node].kind == .null }

    /// The node after a value and all within it.
    package func next(after node: Int) -> Int {
        switch nodes[node].kind {
        case .array, .object: Int(nodes[node].end)
        default: node + 1
        }
    }

    /// The first member called `name`; nil when there is none or the value is no object.
    package func member(_ name: JSONFieldName, of node: Int?) -> Int? {
        guard let node, nodes[node].kind == .object else { return nil }
        var (at, end) = (node + 1, Int(nodes[node].end))
        while at < end {
            if isName(at, name) { return at + 1 }
            at = next(after: at + 1)
        }
        return nil
    }

    /// The items of an array; nil for any other value.
    package func items(of node: Int?) -> [Int]? {
        guard let node, nodes[node].kind == .array else { return nil }
        var (items, at, end) = ([Int](), node + 1, Int(nodes[node].end))
        while at < end {
            items.append(at)
            at = next(after: at)
        }
        return items
    }

    /// Whether the name at `node` is `name`, compared byte for byte.
    func isName(_ node: Int, _ name: JSONFieldName) -> Bool {
        let (start, end) = (Int(nodes[node].start), Int(nodes[node].end))
        guard nodes[node].kind == .text else { return name.bytes.elementsEqual(text(node)?.utf8 ?? "".utf8) }
        guard end - start == name.bytes.count else { return false }
        for offset in 0..<name.bytes.count where bytes[start + offset] != name.bytes[offset] { return false }
        return true
    }
}
