import OpenSenseWebhooks
import Testing

/// The kinds of input on which JSON readers differ, with the verdict of this one.
@Suite struct `JSON's grammar` {
    static let values = JSONRow.valid(
        "{}", "[]", "null", "true", "false", "0", "\"\"", "\"x\"", " [] ", "\t\r\n{}\n", "[1]", "[1,2]",
        "[[]]", "[{}]",
        "[null, 1, \"1\", {}]", "[[],[[]]]", "{\"a\":{}}", "{\"a\":1,\"b\":2}", "{\"\":0}",
        "{\"a\":1,\"a\":2}",
        "[ ]", "{ }", "[\n]", "{\"a\" : 1}", "{\"a\":\r\n1}", "[1 ,\t2]", "[false,true,null]",
        "{\"a\":[],\"b\":[[{}]]}")

    static let numbers = JSONRow.valid(
        "-0", "-1", "10", "123456789", "0.0", "0.1", "-0.1", "1.5", "1e1", "1E1", "1e+1", "1e-1", "1.5E+10",
        "0e0",
        "0e+1", "-0e-0", "20e1", "123e65", "123.456e78", "1e400", "-1e-400", "1e99999999999999999999",
        "100000000000000000000000000000000000000001", "0.000000000000000000000000000000000001",
        "-0.000000000000000000000000000000000000000000000000000000000000000000000000000000001")

    static let texts = JSONRow.valid(
        #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u0041""#, #""\u00e9\u00E9""#, #""\ud83d\ude00""#,
        #""\uD83D\uDE00""#, #""\uDBFF\uDFFF""#, #""\uFFFF""#, #""\uFFFE""#, #""\u2028\u2029""#, #""\\u0000""#,
        #""\\\\""#, #""a/*b*/c//d#e""#, #""\u0022\u005c""#, "\"é€😀\"", "\"\u{7F}\"", "\"\u{2028}\"",
        "\"\u{FEFF}\"",
        "\"\u{10FFFF}\"", "\"e\u{301}\"", "\"'\"", #""new\u000Aline""#, #"{"\u0061":1}"#, #""\u005Cu0000""#)

    static let lenient: [JSONRow] = [
        .init("NaN", "[NaN]", .lenient([.notFinite])),
        .init("Infinity", "Infinity", .lenient([.notFinite])),
        .init("-Infinity", "[-Infinity]", .lenient([.notFinite])),
        .init("+Infinity", "+Infinity", .lenient([.notFinite, .plusSign])),
        .init("nan as C writes it", "[nan]", .lenient([.notFinite])),
        .init("-NaN", "[-NaN]", .lenient([.notFinite])),
        .init("inf as C writes it", "[inf,-inf]", .lenient([.notFinite])),
        .init("Inf", "{\"a\":Inf}", .lenient([.notFinite])),
        .init("INFINITY", "[INFINITY,NAN]", .lenient([.notFinite])),
        .init("a plus sign", "+5", .lenient([.plusSign])),
        .init("a plus sign before zero", "[+0.0e+0]", .lenient([.plusSign])),
        .init("no digit before the point", ".5", .lenient([.bareDecimalPoint])),
        .init("none, with a sign", "-.5", .lenient([.bareDecimalPoint])),
        .init("none, with both signs", "[+.5,-.5]", .lenient([.bareDecimalPoint, .plusSign])),
        .init("no digit after the point", "[5.]", .lenient([.bareDecimalPoint])),
        .init("none, and an exponent", "5.e3", .lenient([.bareDecimalPoint])),
        .init("leading zeros", "007", .lenient([.leadingZeros])),
        .init("a leading zero, with a sign", "-012", .lenient([.leadingZeros])),
        .init("only zeros", "00", .lenient([.leadingZeros])),
        .init("a comma at the end of a list", "[1,]", .lenient([.trailingComma])),
        .init("a comma at the end of an object", "{\"a\":1, }", .lenient([.trailingComma])),
        .init("a byte order mark", "\u{FEFF}{}", .lenient([.byteOrderMark])),
        .init("half a pair, high", #""\ud800""#, .lenient([.loneSurrogate])),
        .init("half a pair, low", #""\udc00x""#, .lenient([.loneSurrogate])),
        .init("half a pair before another escape", #""\ud800\n""#, .lenient([.loneSurrogate])),
        .init("two high halves", #""\ud800\ud800\udc00""#, .lenient([.loneSurrogate])),
        .init("a pair the wrong way round", #"{"\udc00\ud800":0}"#, .lenient([.loneSurrogate])),
        .init("UTF-16, low byte first", bytes: [0x5B, 0, 0x5D, 0], .lenient([.utf16])),
        .init("UTF-16, high byte first", bytes: [0, 0x5B, 0, 0x5D], .lenient([.utf16])),
        .init("with its mark, low first", bytes: [0xFF, 0xFE, 0x31, 0], .lenient([.utf16, .byteOrderMark])),
        .init(
            "with its mark, high first", bytes: [0xFE, 0xFF, 0, 0x31], .lenient([.utf16, .byteOrderMark])),
        .init(
            "UTF-16 with half a pair", bytes: [0x22, 0, 0, 0xD8, 0x22, 0], .lenient([.utf16, .loneSurrogate])),
    ]

    static let broken: [JSONRow] = [
        .init("nothing", "", .refused(.unexpectedEnd, at: 0)),
        .init("space alone", "  ", .refused(.unexpectedEnd, at: 2)),
        .init("a byte order mark alone", "\u{FEFF}", .refused(.unexpectedEnd, at: 3)),
        .init("a list that is not closed", "[1", .refused(.unexpectedEnd, at: 2)),
        .init("a list with a comma that is not closed", "[1,", .refused(.unexpectedEnd, at: 3)),
        .init("an object that is not closed", "{\"a\":1", .refused(.unexpectedEnd, at: 6)),
        .init("a name without a value", "{\"a\"", .refused(.unexpectedEnd, at: 4)),
        .init("a name with nothing after the colon", "{\"a\":", .refused(.unexpectedEnd, at: 5)),
        .init("a text that is not closed", "\"a", .refused(.unexpectedEnd, at: 2)),
        .init("half a word", "tru", .refused(.unexpectedEnd, at: 3)),
        .init("the other bracket", "[}", .refused(.unexpectedByte, at: 1)),
        .init("the other bracket after a value", "[1}", .refused(.unexpectedByte, at: 2)),
        .init("the other brace", "{\"a\":1]", .refused(.unexpectedByte, at: 6)),
        .init("a closing bracket alone", "]", .refused(.unexpectedByte, at: 0)),
        .init("a comma alone", "[,]", .refused(.unexpectedByte, at: 1)),
        .init("a comma alone in an object", "{,}", .refused(.unexpectedByte, at: 1)),
        .init("a comma in front", "[,1]", .refused(.unexpectedByte, at: 1)),
        .init("two commas", "[1,,2]", .refused(.unexpectedByte, at: 3)),
        .init("two commas at the end", "[1,,]", .refused(.unexpectedByte, at: 3)),
        .init("no comma", "[1 2]", .refused(.unexpectedByte, at: 3)),
        .init("no comma between members", "{\"a\":1 \"b\":2}", .refused(.unexpectedByte, at: 7)),
        .init("no colon", "{\"a\" 1}", .refused(.unexpectedByte, at: 5)),
        .init("two colons", "{\"a\"::1}", .refused(.unexpectedByte, at: 5)),
        .init("a colon in a list", "[1:2]", .refused(.unexpectedByte, at: 2)),
        .init("no value", "{\"a\":}", .refused(.unexpectedByte, at: 5)),
        .init("a name without quotes", "{a:1}", .refused(.unexpectedByte, at: 1)),
        .init("a number for a name", "{1:1}", .refused(.unexpectedByte, at: 1)),
        .init("a word for a name", "{null:1}", .refused(.unexpectedByte, at: 1)),
        .init("single quotes", "['a']", .refused(.unexpectedByte, at: 1)),
        .init("a name in single quotes", "{'a':1}", .refused(.unexpectedByte, at: 1)),
        .init("a comment of a block", "[/*x*/]", .refused(.unexpectedByte, at: 1)),
        .init("a comment to the end of the line", "[1]//x", .refused(.textAfterEnd, at: 3)),
        .init("a comment with a hash", "#\n1", .refused(.unexpectedByte, at: 0)),
        .init("a second value", "[] []", .refused(.textAfterEnd, at: 3)),
        .init("a bracket too many", "[]]", .refused(.textAfterEnd, at: 2)),
        .init("a letter after the end", "{}x", .refused(.textAfterEnd, at: 2)),
        .init("a comma after the end", "1,", .refused(.textAfterEnd, at: 1)),
        .init("a NUL after the end", "1 \0", .refused(.textAfterEnd, at: 2)),
        .init("a second mark", "\u{FEFF}\u{FEFF}1", .refused(.unexpectedByte, at: 3)),
        .init("a mark after the value", "1\u{FEFF}", .refused(.textAfterEnd, at: 1)),
        .init("words in capitals", "[True]", .refused(.unexpectedByte, at: 1)),
        .init("a longer word", "nullx", .refused(.textAfterEnd, at: 4)),
        .init("undefined", "undefined", .refused(.unexpectedByte, at: 0)),
        .init("a vertical tab", "\u{B}1", .refused(.unexpectedByte, at: 0)),
        .init("a space that is not ASCII", "[\u{A0}1]", .refused(.unexpectedByte, at: 1)),
        .init("a word joiner", "[\u{2060}]", .refused(.unexpectedByte, at: 1)),
    ]

    static let brokenNumbers: [JSONRow] = [
        .init("a minus alone", "-", .refused(.numberMalformed, at: 1)),
        .init("a minus before a bracket", "[-]", .refused(.numberMalformed, at: 2)),
        .init("a point alone", "[.]", .refused(.numberMalformed, at: 2)),
        .init("a point with an exponent alone", ".e1", .refused(.numberMalformed, at: 1)),
        .init("an exponent without digits", "1e", .refused(.numberMalformed, at: 2)),
        .init("an exponent of a sign", "[1e+]", .refused(.numberMalformed, at: 4)),
        .init("an exponent with a point", "1e1.5", .refused(.textAfterEnd, at: 3)),
        .init("two points", "[1.2.3]", .refused(.unexpectedByte, at: 4)),
        .init("two signs", "--1", .refused(.numberMalformed, at: 1)),
        .init("two signs of two sorts", "+-1", .refused(.numberMalformed, at: 1)),
        .init("a space after the sign", "- 1", .refused(.numberMalformed, at: 1)),
        .init("base 16", "[0x1F]", .refused(.unexpectedByte, at: 2)),
        .init("base 16 without its mark", "[1F]", .refused(.unexpectedByte, at: 2)),
        .init("a divider of thousands", "[1_000]", .refused(.unexpectedByte, at: 2)),
        .init("a decimal comma in an object", "{\"a\":1,5}", .refused(.unexpectedByte, at: 7)),
        .init("digits that are not ASCII", "[\u{FF11}]", .refused(.unexpectedByte, at: 1)),
        .init("half of infinity", "[-infin]", .refused(.unexpectedByte, at: 7)),
        .init("more than a NaN", "[nano]", .refused(.unexpectedByte, at: 4)),
        .init("half a NaN", "na", .refused(.unexpectedEnd, at: 2)),
        .init("two signs of NaN", "[--NaN]", .refused(.numberMalformed, at: 2)),
        .init("an infinity with an exponent", "[infe1]", .refused(.unexpectedByte, at: 4)),
        .init("a word that begins like infinity", "[Imp]", .refused(.unexpectedByte, at: 2)),
        .init("a word that begins like null", "[nope]", .refused(.unexpectedByte, at: 2)),
        .init("a word that begins like NaN", "[Nope]", .refused(.unexpectedByte, at: 2)),
        .init("an expression", "[1+2]", .refused(.unexpectedByte, at: 2)),
    ]

    static let brokenTexts: [JSONRow] = [
        .init("a raw line feed", "\"a\nb\"", .refused(.controlCharacter, at: 2)),
        .init("a raw tab", "[\"\t\"]", .refused(.controlCharacter, at: 2)),
        .init("a raw NUL", "\"a\0\"", .refused(.controlCharacter, at: 2)),
        .init("a raw control character in a name", "{\"\u{1F}\":1}", .refused(.controlCharacter, at: 2)),
        .init("an escape that is none", #""\x41""#, .refused(.escapeMalformed, at: 1)),
        .init("an escaped single quote", #""\'""#, .refused(.escapeMalformed, at: 1)),
        .init("an escaped line feed", "\"\\\n\"", .refused(.escapeMalformed, at: 1)),
        .init("an escape in capitals", #""\N""#, .refused(.escapeMalformed, at: 1)),
        .init("a code point in braces", #""\u{41}""#, .refused(.escapeMalformed, at: 1)),
        .init("three digits", #""\u004""#, .refused(.escapeMalformed, at: 1)),
        .init("a digit that is none", #""\u00G0""#, .refused(.escapeMalformed, at: 1)),
        .init("a sign among the digits", #""\u+041""#, .refused(.escapeMalformed, at: 1)),
        .init("half a pair and half an escape", #""\ud800\u00""#, .refused(.escapeMalformed, at: 7)),
        .init("a backslash at the end", "\"\\", .refused(.escapeMalformed, at: 1)),
        .init("a backslash before the last quote", "\"\\\"", .refused(.unexpectedEnd, at: 3)),
        .init("a quote too many", "\"a\"b\"", .refused(.textAfterEnd, at: 3)),
        .init("Latin-1", bytes: [0x22, 0xE9, 0x22], .refused(.notUTF8, at: 1)),
        .init("a byte that goes on alone", bytes: [0x22, 0x80, 0x22], .refused(.notUTF8, at: 1)),
        .init("a longer form than needed", bytes: [0x22, 0xC0, 0xAF, 0x22], .refused(.notUTF8, at: 1)),
        .init("a surrogate in UTF-8", bytes: [0x22, 0xED, 0xA0, 0x80, 0x22], .refused(.notUTF8, at: 1)),
        .init("beyond Unicode", bytes: [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .refused(.notUTF8, at: 1)),
        .init("cut within a character", bytes: [0x22, 0xE2, 0x82], .refused(.notUTF8, at: 1)),
        .init("bad UTF-8 after the end", bytes: [0x31, 0x20, 0xFF], .refused(.notUTF8, at: 2)),
        .init("UTF-16 with half a unit", bytes: [0xFF, 0xFE, 0x31], .refused(.notUTF8, at: 2)),
        .init("UTF-32", bytes: [0x31, 0, 0, 0], .refused(.textAfterEnd, at: 1)),
        .init(
            "UTF-32 with its mark", bytes: [0xFF, 0xFE, 0, 0, 0x31, 0, 0, 0], .refused(.unexpectedByte, at: 0)
        ),
        .init("two zero bytes", bytes: [0, 0], .refused(.unexpectedByte, at: 0)),
        .init("one zero byte", bytes: [0], .refused(.unexpectedByte, at: 0)),
    ]

    @Test(arguments: values + numbers + texts) func `takes what is JSON, without leniency`(_ row: JSONRow) {
        #expect(row.actual == row.verdict)
    }

    @Test(arguments: lenient) func `takes what has a plain meaning, and names the leniency`(_ row: JSONRow) {
        #expect(row.actual == row.verdict)
    }

    @Test(arguments: broken + brokenNumbers + brokenTexts) func `refuses the rest, and says where`(
        _ row: JSONRow
    ) {
        #expect(row.actual == row.verdict)
    }

    @Test func `each leniency has a row`() {
        let shown = Self.lenient.reduce(into: Set<JSONLeniency>()) { shown, row in
            if case .lenient(let leniencies) = row.verdict { shown.formUnion(leniencies) }
        }
        #expect(shown == Set(JSONLeniency.allCases).subtracting([.nestedTooDeep, .idNotText]))
    }

    @Test func `each reason for a refusal has a row and a sentence without the input`() {
        var shown: Set<JSONError.Reason> = [.tooLong]
        for row in Self.broken + Self.brokenNumbers + Self.brokenTexts {
            guard case .refused(let reason, _) = row.verdict else { continue }
            shown.insert(reason)
        }
        #expect(shown == Set(JSONError.Reason.allCases))
        #expect(Set(JSONError.Reason.allCases.map(\.rawValue)).count == 8)
    }

    @Test(arguments: ["\"secret", "{\"secret\":x}", "[secret]"]) func `an error shows nothing of the input`(
        _ text: String
    ) throws {
        let error = try #require(throws: JSONError.self) { try JSONDocument(Array(text.utf8)) }
        #expect(!error.description.contains("secret"))
        #expect(error.description.hasSuffix("."))
        #expect(error.code.hasPrefix("json-"))
    }

    @Test func `a text at the length bound is read and one byte more is refused`() throws {
        let space = [UInt8](repeating: 0x20, count: JSONDocument.bytesMax - 1)
        #expect(try JSONDocument(space + [0x31]).nodeCount == 1)
        #expect(
            JSONRow("", bytes: space + [0x31, 0x20], .valid).actual
                == .refused(.tooLong, at: JSONDocument.bytesMax))
    }

    @Test func `no byte in any place is a trap`() {
        let text = Array(#"{"a\u00e9":[1.5e3,"x",true,null]}"#.utf8)
        for place in text.indices {
            for byte in UInt8.min ... .max {
                var changed = text
                changed[place] = byte
                _ = JSONRow("", bytes: changed, .valid).actual
            }
            _ = JSONRow("", bytes: Array(text[..<place]), .valid).actual
        }
    }
}
