import OpenSenseWebhooks
import Testing

@Suite struct `Objects of JSON` {
    @Test(arguments: [0, 1, 8, 9, 50]) func `are equal in whatever order their members are`(_ count: Int) {
        let members = (0..<count).map { ("n\($0)", JSONValue.number(JSONNumber($0))) }
        let (object, reversed) = (JSONObject(members), JSONObject(members.reversed()))
        #expect(object == reversed)
        #expect(object.hashValue == reversed.hashValue)
        var other = object
        other["x"] = 1
        #expect(object != other)
    }

    @Test(arguments: [3, 30]) func `take, replace and give up members by name`(_ count: Int) {
        var object = JSONObject((0..<count).map { ("n\($0)", .number(JSONNumber($0))) })
        object["n1"] = "new"
        #expect(object["n1"] == "new")
        #expect(object.count == count)
        object["n0"] = nil
        object["absent"] = nil
        #expect(object.map(\.name) == (1..<count).map { "n\($0)" })
        #expect(object["n\(count - 1)"] == .number(JSONNumber(count - 1)))
        #expect(object.filter { $0.name == "n1" } == ["n1": "new"])
    }

    @Test func `keep the first of two members of one name`() {
        #expect(JSONObject([("a", 1), ("a", 2)]) == ["a": 1])
        #expect(["a": 1, "a": 2] as JSONValue == ["a": 1])
    }
}

@Suite struct `Written JSON` {
    static let values: [(JSONValue, String)] = [
        (.null, "null"), (true, "true"), (false, "false"), ([], "[]"), ([:], "{}"), ("", #""""#),
        (["b": 1, "a": [1, "x", .null]], #"{"a":[1,"x",null],"b":1}"#), ("a/b", #""a/b""#),
        ("\"\\\u{8}\u{9}\u{A}\u{C}\u{D}", #""\"\\\b\t\n\f\r""#), ("\0\u{1}\u{1F}", #""\u0000\u0001\u001f""#),
        ("\u{7F}é€😀\u{2028}", "\"\u{7F}é€😀\u{2028}\""),
        (["é": 1, "e\u{301}": 2, "z": 3], "{\"e\u{301}\":2,\"z\":3,\"é\":1}"),
    ]

    @Test(arguments: values) func `has sorted names, plain slashes and the least escapes`(
        _ value: JSONValue, _ text: String
    ) {
        #expect(JSONWriter.bytes(of: value) == Array(text.utf8))
    }

    @Test(arguments: [(512, true), (513, false)]) func `is nested 512 levels at most`(
        _ depth: Int, _ isWritten: Bool
    ) {
        let value = (1..<depth).reduce(JSONValue.array([])) { inner, _ in .array([inner]) }
        #expect((JSONWriter.bytes(of: value) != nil) == isWritten)
    }
}
