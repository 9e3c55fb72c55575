internal import OpenSenseWebhooks

/// The value of `--at`: when a signature's age is judged.
enum MomentOption {
    case now
    case captured
    case time(seconds: Int)

    /// Reads `now`, `captured`, seconds since 1970 or an ISO 8601 time with a zone.
    ///
    /// - Throws: ``CommandError`` with code 64.
    init(_ text: String, _ help: CommandHelp) throws(CommandError) {
        if text == "now" {
            self = .now
        } else if text == "captured" {
            self = .captured
        } else if let seconds = Int(text), seconds >= 0 {
            self = .time(seconds: seconds)
        } else if let time = EventTime(text), time.unixMilliseconds >= 0 {
            self = .time(seconds: time.unixMilliseconds / 1_000)
        } else {
            throw ParsedArguments.usage(
                help,
                "--at takes now, captured, or a time such as 2026-05-17T08:10:00Z, not \(text.prefix(40)).")
        }
    }

    var isNow: Bool { if case .now = self { true } else { false } }

    /// The moment in seconds since 1970-01-01T00:00:00Z; so are both arguments.
    ///
    /// A capture that does not say when it was made is judged at the time it was signed, which leaves the
    /// signature alone to be judged.
    func unixSeconds(captured: Int?, signed: Int) -> Int {
        switch self {
        case .now: Live.unixSeconds
        case .captured: captured ?? signed
        case .time(let seconds): seconds
        }
    }
}
