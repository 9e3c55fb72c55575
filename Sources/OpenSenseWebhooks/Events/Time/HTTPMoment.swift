/// The date of RFC 9110 section 5.6.7 in its preferred form: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPMoment {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970-01-01T00:00:00Z, or nil when `text` is no such date.
    package static func unixTime(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","),
            let month = months.firstIndex(of: String(words[2])),
            let dayOfMonth = number(words[1], digits: 2), let year = number(words[3], digits: 4),
            let day = CivilTime.day(year: year, month: month + 1, day: dayOfMonth)
        else { return nil }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = number(time[0], digits: 2), hour < 24,
            let minute = number(time[1], digits: 2), minute < 60,
            let second = number(time[2], digits: 2), second <= 60
        else { return nil }
        return day * CivilTime.secondsPerDay + hour * 3_600 + minute * 60 + second
    }

    private static func number(_ word: Substring, digits: Int) -> Int? {
        guard word.utf8.count == digits else { return nil }
        return CivilTime.number(word.utf8.span, 0, digits: digits)
    }
}
