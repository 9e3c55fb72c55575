internal import FoundationEssentials

/// The date of RFC 9110 section 5.6.7 in its preferred form: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPMoment {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970-01-01T00:00:00Z, or nil when `text` is no such date.
    package static func unixTime(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","), words[3].count == 4,
            let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])), words[1].count == 2
        else { return nil }
        let number = month + 1
        let iso = "\(words[3])-\(number < 10 ? "0" : "")\(number)-\(day < 10 ? "0" : "")\(day)T\(words[4])Z"
        // Foundation reads 31 February as 3 March: a date that does not come back as it went in is none.
        let format = Date.ISO8601FormatStyle()
        guard let date = try? format.parse(iso), date.formatted(format) == iso else { return nil }
        return Int(date.timeIntervalSince1970)
    }
}
