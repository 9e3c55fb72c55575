import FoundationEssentials
import OpenSenseWebhooks
import Testing

@Suite struct `Times of an event` {
    /// 2026-05-17T08:10:00Z.
    static let moment = 1_779_005_400_000

    static let read: [(String, Int)] = [
        ("2026-05-17T08:10:00Z", moment), ("2026-05-17t08:10:00z", moment), ("2026-05-17 08:10:00Z", moment),
        ("2026-05-17T08:10Z", moment), ("2026-05-17T10:10+02:00", moment),
        ("2026-05-17T10:10:00+02:00", moment), ("2026-05-17T10:10:00+0200", moment),
        ("2026-05-17T10:10:00+02", moment), ("2026-05-17T02:40:00-05:30", moment),
        ("2026-05-17T08:10:00-00:00", moment), ("2026-05-18T08:09:00+23:59", moment),
        ("2026-05-17T08:10:00.5Z", moment + 500), ("2026-05-17T08:10:00.123456789Z", moment + 123),
        ("2026-05-17T08:10:00.9999Z", moment + 999), ("2026-05-17T08:10:00.001+00:00", moment + 1),
        ("2026-05-17T08:10:00.00000000000000000000000000000000000000000000000001Z", moment),
        ("2026-05-17 08:10:00,5z", moment + 500), ("2026-05-17T10:10:00.123456+02:00", moment + 123),
        ("2026-05-17T08:10:00.999Z", moment + 999), ("2026-05-17T08:10:00.9999999Z", moment + 999),
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("2024-02-29T23:59:59Z", 1_709_251_199_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("1990-12-31T15:59:60-08:00", 662_688_000_000),
        ("2016-12-31T23:59:60.5Z", 1_483_228_800_500),
    ]

    @Test(arguments: read) func `are read in every form of RFC 3339`(_ text: String, _ expected: Int) throws {
        let time = try #require(EventTime(text))
        #expect(time.text == text)
        #expect(time.unixMilliseconds == expected)
        #expect(time.date == Date(timeIntervalSince1970: Double(expected) / 1_000))
    }

    static let refused = [
        "", "yesterday", "2026-05-17", "2026-05-17T08:10:00", "2026-05-17T08:10", "2026-02-31T08:10:00Z",
        "2026-02-29T08:10:00Z", "1900-02-29T08:10:00Z", "2026-04-31T08:10:00Z", "2026-13-01T08:10:00Z",
        "2026-00-01T08:10:00Z", "2026-05-00T08:10:00Z", "2026-05-32T08:10:00Z", "2026-05-17T24:00:00Z",
        "2026-05-17T25:00:00Z", "2026-05-17T08:60:00Z", "2026-05-17T08:10:61Z", "2026-05-17T08:10:60Z",
        "2016-12-31T23:59:60+01:00", "2026-05-17T08:10:00.Z", "2026-05-17T08:10.5Z", "2026-05-17T08:10:00,Z",
        "2026-05-17T08:10:00.5,5Z", "2026-05-17T08:10,5Z",
        "2026-05-17T08:10:00+24:00", "2026-05-17T08:10:00+02:60", "2026-05-17T08:10:00+2",
        "2026-05-17T08:10:00+",
        "2026-05-17T08:10:00ZZ", "2026-05-17T08:10:00Z ", " 2026-05-17T08:10:00Z", "2026-05-17_08:10:00Z",
        "2026-5-17T08:10:00Z", "26-05-17T08:10:00Z", "20260517T081000Z", "2026-05-17T8:10:00Z",
        "+2026-05-17T08:10:00Z", "12026-05-17T08:10:00Z", "2026-05-17T08:10:0\u{FF11}Z", "1779005400",
    ]

    @Test(arguments: refused) func `are none where no moment is named`(_ text: String) {
        #expect(EventTime(text) == nil)
    }

    @Test func `are every day's that Foundation's are, and no other`() throws {
        for year in [1_900, 1_999, 2_000, 2_015, 2_024, 2_026, 2_100, 2_400] {
            for month in 1...12 {
                for day in 1...32 {
                    let text = "\(year)-\(padded(month))-\(padded(day))T12:34:56Z"
                    let date = try? Date.ISO8601FormatStyle().parse(text)
                    let isDay = date?.formatted(Date.ISO8601FormatStyle()) == text
                    #expect(EventTime(text)?.date == (isDay ? date : nil), "\(text)")
                }
            }
        }
    }

    static let shown: [(String, String)] = [
        ("2026-05-17T10:10:00.1+02:00", "2026-05-17T08:10:00.100Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00Z", "2024-02-29T00:00:00.000Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ]

    @Test(arguments: shown) func `are shown in UTC`(_ text: String, _ expected: String) {
        #expect(EventTime(text)?.utcText == expected)
    }

    @Test func `are shown so that they are read again as the same`() throws {
        for day in stride(from: -200_000, through: 200_000, by: 97) {
            let milliseconds = day * 86_400_000 + (day &* 7_919_123 % 86_400_000 + 86_400_000) % 86_400_000
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            let text = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            guard let time = EventTime(text) else { continue }
            #expect(EventTime(time.utcText)?.unixMilliseconds == time.unixMilliseconds)
            #expect(time.utcText == text)
        }
    }

    static let moments: [(String, Int?)] = [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sun, 06 Nov 1994 08:49:37 UTC", nil),
        ("Sun, 31 Feb 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil),
        ("Sun, 6 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 94 08:49:37 GMT", nil),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777), ("Wednesday, 17-May-26 08:10:00 GMT", 1_779_005_400),
        ("Thursday, 01-Jan-70 00:00:00 GMT", 0), ("Tuesday, 31-Dec-69 00:00:00 GMT", 3_155_673_600),
        ("Sunday, 06-Nov-1994 08:49:37 GMT", nil), ("Sunday, 31-Feb-94 08:49:37 GMT", nil),
        ("Sunday, 06-Nov-94-1 08:49:37 GMT", nil), ("Sunday, 06-Nov-94 08:49:37 CET", nil),
        ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Sun Nov 06 08:49:37 1994", 784_111_777),
        ("Sun May 17 08:10:00 2026", 1_779_005_400), ("Sun Nov  6 08:49:37 94", nil),
        ("Sun Feb 31 08:49:37 1994", nil), ("Sun Nov  6 24:49:37 1994", nil),
        ("Sun Nov  6 08:49:37 1994 GMT", nil),
        ("Sun Nov  \u{FF16} 08:49:37 1994", nil),
        ("Sun Nov  6 08:49:37 1994" + String(repeating: " ", count: 99), nil),
        ("Sun, 06 nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49 GMT", nil), ("", nil),
        ("Sun, 06 Nov 1994 08:49:37: GMT", nil), ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
    ]

    @Test(arguments: moments) func `of HTTP are read in each of its three forms`(
        _ text: String, _ expected: Int?
    ) {
        #expect(HTTPMoment.unixTime(text) == expected)
    }

    private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
