import OpenSenseWebhooks
import Testing

/// A number as it was written, and what it is.
struct NumberRow: Sendable, CustomTestStringConvertible {
    let text: String
    let json: String?
    let double: Double
    let integer: Int?
    var testDescription: String { text }

    init(_ text: String, json: String?, _ double: Double, _ integer: Int?) {
        (self.text, self.json, self.double, self.integer) = (text, json, double, integer)
    }

    /// A number of JSON.
    init(_ text: String, _ double: Double, _ integer: Int?) {
        self.init(text, json: text, double, integer)
    }
}

@Suite struct `Numbers of JSON` {
    static let strict: [NumberRow] = [
        .init("0", 0, 0), .init("-0", 0, 0), .init("-0.0", 0, 0), .init("1.50", 1.5, nil), .init("5.0", 5, 5),
        .init("1e3", 1_000, 1_000), .init("1.5e1", 15, 15), .init("15e-1", 1.5, nil),
        .init("-120e-1", -12, -12),
        .init("0.001e3", 1, 1), .init("9007199254740993", 9_007_199_254_740_992, 9_007_199_254_740_993),
        .init("9223372036854775807", 9_223_372_036_854_775_808, .max),
        .init("-9223372036854775808", -9_223_372_036_854_775_808, .min),
        .init("9223372036854775808", 9_223_372_036_854_775_808, nil),
        .init("1e18", 1e18, 1_000_000_000_000_000_000),
        .init("1e19", 1e19, nil), .init("1e400", .infinity, nil), .init("-1e400", -.infinity, nil),
        .init("1e-400", 0, nil), .init("0e99999999999999999999", 0, 0),
        .init("1e99999999999999999999", .infinity, nil),
    ]

    static let lenient: [NumberRow] = [
        .init("+5", json: "5", 5, 5), .init(".5", json: "0.5", 0.5, nil),
        .init("-.5", json: "-0.5", -0.5, nil),
        .init("5.", json: "5.0", 5, 5), .init("5.e2", json: "5.0e2", 500, 500),
        .init("+.5e1", json: "0.5e1", 5, 5),
        .init("007", json: "7", 7, 7), .init("-012.50", json: "-12.50", -12.5, nil),
        .init("00", json: "0", 0, 0),
        .init("00.5", json: "0.5", 0.5, nil), .init("NaN", json: nil, .nan, nil),
        .init("Infinity", json: nil, .infinity, nil), .init("-Infinity", json: nil, -.infinity, nil),
        .init("nan", json: nil, .nan, nil), .init("-NaN", json: nil, .nan, nil),
        .init("+inf", json: nil, .infinity, nil), .init("-INF", json: nil, -.infinity, nil),
    ]

    @Test(arguments: strict + lenient) func `keep their text, and are what they mean`(_ row: NumberRow) throws
    {
        let number = try #require(JSONNumber(row.text))
        #expect(number.text == row.text)
        #expect(number.jsonText == row.json)
        #expect(number.doubleValue == row.double || number.doubleValue.isNaN && row.double.isNaN)
        #expect(number.integerValue == row.integer)
    }

    @Test(arguments: strict + lenient) func `are written as JSON, or as text where it cannot`(
        _ row: NumberRow
    ) throws {
        let written = JSONWriter.bytes(of: [.number(try #require(JSONNumber(row.text)))])
        #expect(written == Array("[\(row.json ?? "\"\(row.text)\"")]".utf8))
        #expect(try JSONDocument(#require(written)).leniencies == [])
    }

    @Test(arguments: [
        "", " 1", "1 ", "\"1\"", "true", "0x10", "1_0", "nano", "infin", "--1", "1,", "\u{FEFF}1",
    ])
    func `are nothing else`(_ text: String) {
        #expect(JSONNumber(text) == nil)
    }

    @Test func `are equal when their texts are`() {
        #expect(JSONNumber("1.50") != JSONNumber("1.5"))
        #expect(JSONNumber("7") == 7)
        #expect(JSONNumber(Int.min).text == "-9223372036854775808")
    }
}
