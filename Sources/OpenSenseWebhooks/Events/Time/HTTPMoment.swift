/// A date of HTTP in each of its three forms: `Sun, 06 Nov 1994 08:49:37 GMT`, which is the preferred one,
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
///
/// - Source: RFC 9110, section 5.6.7. The day of the week is not compared with the date.
package enum HTTPMoment {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The longest text that is looked at; `Wednesday, 09-Nov-94 08:49:37 GMT` has 33 bytes.
    private static let bytesMax = 64

    /// The first of the years that two digits name: 70 to 99 are of the 20th century, 00 to 69 of the 21st.
    ///
    /// The RFC asks for what is less than 50 years ahead; what is waited for is never far from now.
    private static let shortYearMin = 70

    /// Seconds since 1970-01-01T00:00:00Z, or nil when `text` is no such date.
    package static func unixTime(_ text: String) -> Int? {
        guard text.utf8.count <= bytesMax else { return nil }
        let words = text.split(separator: " ")
        switch (words.count, words.last) {
        case (6, "GMT") where words[0].hasSuffix(","):
            return moment(day: words[1], month: words[2], year: number(words[3], digits: 4), time: words[4])
        case (4, "GMT") where words[0].hasSuffix(","):
            let parts = words[1].split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3, let year = number(parts[2], digits: 2) else { return nil }
            let century = year < shortYearMin ? 2_000 : 1_900
            return moment(day: parts[0], month: parts[1], year: century + year, time: words[2])
        case (5, _):
            // The day of a month stands in two places, the first of which may be a space.
            let day = words[2].utf8.count == 1 ? "0\(words[2])" : words[2]
            return moment(day: day, month: words[1], year: number(words[4], digits: 4), time: words[3])
        default: return nil
        }
    }

    private static func moment(
        day: Substring, month: Substring, year: Int?, time: Substring
    ) -> Int? {
        guard let year, let month = months.firstIndex(of: String(month)),
            let dayOfMonth = number(day, digits: 2),
            let day = CivilTime.day(year: year, month: month + 1, day: dayOfMonth)
        else { return nil }
        let parts = time.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = number(parts[0], digits: 2), hour < 24,
            let minute = number(parts[1], digits: 2), minute < 60,
            let second = number(parts[2], digits: 2), second <= 60
        else { return nil }
        return day * CivilTime.secondsPerDay + hour * 3_600 + minute * 60 + second
    }

    private static func number(_ word: Substring, digits: Int) -> Int? {
        guard word.utf8.count == digits else { return nil }
        return CivilTime.number(word.utf8.span, 0, digits: digits)
    }
}
