import OpenSenseWebhooks
import Testing

/// What a value is after it was read.
@Suite struct `Values of JSON` {
    static let texts: [(String, String)] = [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0000""#, "\0"), (#""\u00e9\u00E9""#, "éé"),
        (#""a\ud83d\ude00b""#, "a😀b"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), ("\"é€😀\"", "é€😀"),
        (#""\ud800""#, "\u{FFFD}"), (#""a\udc00b""#, "a\u{FFFD}b"), (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ud83dx\ude00""#, "\u{FFFD}x\u{FFFD}"), (#""\ud800\u0041""#, "\u{FFFD}A"),
        (#""\\ud800""#, "\\ud800"),
        ("\"\"", ""), ("\u{FEFF}\"x\"", "x"),
    ]

    @Test(arguments: texts) func `a text is what its escapes mean`(_ json: String, _ text: String) throws {
        #expect(try Array((value(json).string ?? "").utf8) == Array(text.utf8))
    }

    @Test(arguments: [false, true])
    func `UTF-16 is the same text in both byte orders, also beyond its first plane`(
        _ isBigEndian: Bool
    ) throws {
        let units = Array("[\"é€😀\",\u{22}x\u{22}]".utf16) + [UInt16]()
        let bytes = units.flatMap { unit in
            let pair = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
            return isBigEndian ? pair : pair.reversed()
        }
        let document = try JSONDocument(bytes)
        #expect(document.value(document.root) == ["é€😀", "x"])
    }

    @Test func `UTF-16 with half a pair has U+FFFD there and the rest as it is`() throws {
        let bytes: [UInt8] = [0x22, 0, 0x3D, 0xD8, 0x61, 0, 0, 0xDC, 0x22, 0]
        let document = try JSONDocument(bytes)
        #expect(document.value(document.root) == .string("\u{FFFD}a\u{FFFD}"))
    }

    @Test func `names that differ only in their normalisation are two names`() throws {
        let json = "{\"\u{E9}\":1,\"e\u{301}\":2,\"\\u00e9\":3}"
        guard case .object(let object) = try value(json) else { throw NotAnObject() }
        #expect(object.map { Array($0.name.utf8) } == [Array("\u{E9}".utf8), Array("e\u{301}".utf8)])
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test(arguments: [1, 8, 9, 100]) func `of two equal names the first holds, in an object of any size`(
        _ count: Int
    ) throws {
        let once = (0..<count).map { "\"n\($0)\":\($0)" }
        let twice = once + (0..<count).map { "\"n\($0)\":null" }
        #expect(try value("{\(twice.joined(separator: ","))}") == value("{\(once.joined(separator: ","))}"))
    }

    @Test func `members keep their order`() throws {
        guard case .object(let object) = try value(#"{"z":1,"a":2,"m":3}"#) else { throw NotAnObject() }
        #expect(object.map(\.name) == ["z", "a", "m"])
        #expect(object.sortedByName.map(\.name) == ["a", "m", "z"])
    }

    struct NotAnObject: Error {}
}

/// The bounds of reading, shown by counting.
@Suite struct `A reader's bounds` {
    static func nested(_ depth: Int, _ inner: String = "") -> String {
        String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth)
    }

    @Test func `32 levels are read and the 33rd is text`() throws {
        let read = try JSONDocument(Array(Self.nested(32, "1").utf8))
        #expect(read.leniencies == [])
        #expect(read.nodeCount == 33)
        let kept = try JSONDocument(Array(Self.nested(33, " 1 , {}").utf8))
        #expect(kept.leniencies == [.nestedTooDeep])
        #expect(kept.nodeCount == 33)
        var inner = kept.value(kept.root)
        while case .array(let items) = inner, let first = items.first { inner = first }
        #expect(inner == "[ 1 , {}]")
    }

    @Test(arguments: ["{\"a\":[1,{\"b\":[]}]}", "[[],[[]],{}]", "[\"\\ud800\",NaN,+.5,01,]"])
    func `what is too deep is kept with every byte, and what follows is read`(_ deep: String) throws {
        let document = try JSONDocument(Array(Self.nested(32, "\(deep),\"after\"").utf8))
        var inner = document.value(document.root)
        while case .array(let items) = inner, items.count == 1 { inner = items[0] }
        #expect(inner == [.string(deep), "after"])
    }

    static let brokenInside = [
        "[}", "[1 2]", "{1:2}", "{\"a\"}", "[\"\t\"]", "[\"\\x\"]", "[01x]", "[,]", "[tru]", "{\"a\":1",
    ]

    @Test(arguments: brokenInside) func `what is too deep must be JSON all the same`(_ deep: String) {
        #expect(throws: JSONError.self) { try JSONDocument(Array(Self.nested(32, deep).utf8)) }
    }

    @Test func `40,000 numbers nested 500 deep are one text`() throws {
        let numbers = (0..<40_000).map { _ in "1" }.joined(separator: ",")
        let document = try JSONDocument(Array(#"{"a":\#(Self.nested(500, numbers))}"#.utf8))
        // The object, the name, 31 lists and the text.
        #expect(document.nodeCount == 34)
    }

    @Test(arguments: [1_000, 2_000, 100_000]) func `nodes are as many as values and names, at any size`(
        _ count: Int
    ) throws {
        let numbers = "[" + (0..<count).map { _ in "1" }.joined(separator: ",") + "]"
        #expect(try JSONDocument(Array(numbers.utf8)).nodeCount == count + 1)
        let members = "{" + (0..<count).map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        let document = try JSONDocument(Array(members.utf8))
        #expect(document.nodeCount == 2 * count + 1)
        #expect(document.object(document.root).count == count)
    }

    @Test func `a million brackets are no trap, closed or not`() {
        #expect(throws: JSONError.self) { try JSONDocument([UInt8](repeating: 0x5B, count: 1_000_000)) }
        #expect(throws: Never.self) { try JSONDocument(Array(Self.nested(500_000).utf8)) }
    }
}

extension JSONValue {
    /// The text, when it is one.
    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
