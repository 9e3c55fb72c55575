/// A time in an event: what it means and how the sender writes it.
struct StoryTime {
    let field: String
    /// In milliseconds since 1970; see ``isUsable`` for those that mean nothing.
    var time: Int
    var writing = Writing.usual

    /// The forms that a reader of RFC 3339 may meet, and one that only lenient readers take.
    enum Writing: CaseIterable {
        case usual, lowerCase, blank, offset, comma
        /// Without seconds; only for a moment that has none.
        case minutes
    }

    /// The first moment that orders anything: 2015-01-01T00:00:00Z.
    private static let earliest = 1_420_070_400_000

    /// Whether the time orders anything: clocks that were never set show one long ago.
    var isUsable: Bool { time >= Self.earliest }

    /// What clocks show that were never set: the years 1, 1970, 1980 and 2000.
    static let sentinels = [-62_135_596_800_000, 0, 315_964_800_000, 946_684_800_000]

    var text: String {
        let usual = Moment.text(time)
        switch writing {
        case .usual: return usual
        case .lowerCase: return usual.lowercased()
        case .blank: return usual.split(separator: "T").joined(separator: " ")
        case .comma: return usual.split(separator: ".").joined(separator: ",")
        case .minutes: return String(usual.prefix(16)) + "Z"
        case .offset:
            let shifted = Moment.text(time + 2 * 3_600_000).dropLast()
            let fraction = shifted.contains(".") ? "456" : ".000456"
            return shifted + fraction + "+02:00"
        }
    }
}
