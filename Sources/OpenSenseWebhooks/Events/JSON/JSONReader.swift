/// One pass over the bytes of a JSON text, which leaves its nodes.
///
/// There is no recursion: the open containers are kept in lists, so nesting costs memory in proportion to its
/// bytes and no stack. Each byte is looked at once, an escape twice.
struct JSONReader {
    /// How deep values are nested at most, the outermost array or object being 1; what lies deeper is kept as
    /// text.
    ///
    /// - Unit: levels. OpenSense documents three, and common parsers stop at 100.
    static let depthMax = 32

    /// The values and names so far, in the order of the text.
    private(set) var nodes: [JSONNode] = []
    /// What was let pass.
    var leniencies = JSONLeniencySet()
    /// The byte that comes next.
    var index: Int
    /// The nodes of the containers that are open, from the outermost, down to the depth bound.
    private var openNodes: [Int] = []
    /// For each open container below the depth bound, whether it is an object.
    private var deepKinds: [Bool] = []
    /// Where the outermost container below the depth bound begins.
    private var deepStart = 0
    /// Whether the innermost open container is an object.
    private var isInObject = false

    /// A reader that begins at `start`.
    init(start: Int) { index = start }

    /// Reads the one value of the text.
    mutating func read(_ bytes: Span<UInt8>) throws(JSONError) {
        // A name and its value take ten bytes or more in what vendors and OpenSense send; there is room to
        // grow.
        nodes.reserveCapacity(min(bytes.count / 8, 512) + 2)
        openNodes.reserveCapacity(8)
        var isOpened = try readValue(bytes)
        while !openNodes.isEmpty {
            isOpened = try readMember(bytes, isFirst: isOpened)
        }
        skipSpace(bytes)
        guard index == bytes.count else { throw JSONError(.textAfterEnd, at: index) }
    }

    /// Reads the next member or item of the innermost container, with the comma before it, or its closing
    /// bracket.
    ///
    /// - Returns: Whether the member opened a container.
    private mutating func readMember(_ bytes: Span<UInt8>, isFirst: Bool) throws(JSONError) -> Bool {
        let closing = UInt8(ascii: isInObject ? "}" : "]")
        var byte = try nextByte(bytes)
        if !isFirst, byte == UInt8(ascii: ",") {
            index += 1
            byte = try nextByte(bytes)
            if byte == closing { leniencies.insert(.trailingComma) }
        } else if !isFirst, byte != closing {
            throw JSONError(.unexpectedByte, at: index)
        }
        if byte == closing {
            closeContainer()
            return false
        }
        if isInObject { try readName(bytes) }
        return try readValue(bytes)
    }

    private mutating func readName(_ bytes: Span<UInt8>) throws(JSONError) {
        guard bytes[index] == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: index) }
        try readText(bytes)
        guard try nextByte(bytes) == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: index) }
        index += 1
    }

    /// - Returns: Whether the value is a container, which is open now.
    private mutating func readValue(_ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        switch try nextByte(bytes) {
        case UInt8(ascii: "\""): try readText(bytes)
        case UInt8(ascii: "{"):
            openContainer(isObject: true)
            return true
        case UInt8(ascii: "["):
            openContainer(isObject: false)
            return true
        case UInt8(ascii: "t"): try readWord("true", .true, bytes)
        case UInt8(ascii: "f"): try readWord("false", .false, bytes)
        case UInt8(ascii: "n") where !isNaN(bytes): try readWord("null", .null, bytes)
        default: try readNumber(bytes)
        }
        return false
    }

    /// Adds a node, unless it is part of a value that is kept as text.
    @inline(__always)
    mutating func append(_ kind: JSONNode.Kind, _ start: Int, _ end: Int) {
        guard deepKinds.isEmpty else { return }
        nodes.append(JSONNode(kind: kind, start: UInt32(start), end: UInt32(end)))
    }

    private mutating func openContainer(isObject: Bool) {
        if openNodes.count < Self.depthMax {
            openNodes.append(nodes.count)
            append(isObject ? .object : .array, index, 0)
        } else {
            if deepKinds.isEmpty { deepStart = index }
            deepKinds.append(isObject)
        }
        isInObject = isObject
        index += 1
    }

    private mutating func closeContainer() {
        index += 1
        if deepKinds.isEmpty {
            nodes[openNodes.removeLast()].end = UInt32(nodes.count)
        } else {
            deepKinds.removeLast()
            if deepKinds.isEmpty {
                leniencies.insert(.nestedTooDeep)
                append(.deepText, deepStart, index)
            }
        }
        isInObject = deepKinds.last ?? (openNodes.last.map { nodes[$0].kind == .object } ?? false)
    }
}
