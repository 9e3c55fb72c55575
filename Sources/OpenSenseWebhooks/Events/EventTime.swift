public import FoundationEssentials

/// A moment in an event: the sender's text and what it means.
public struct EventTime: Sendable, Hashable {
    /// The text as the sender wrote it.
    public let text: String
    /// The moment, to the millisecond or better.
    public let date: Date

    /// The moment that an ISO 8601 `text` with a zone names, or nil when it names none.
    public init?(_ text: String) {
        // "2026-05-17T08:10:00Z" has 20 characters; nobody writes a moment in more than 40.
        guard text.utf8.count <= 40, let date = try? Self.format.parse(text) else { return nil }
        self.text = text
        self.date = date
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, for storing and comparing.
    public var unixMilliseconds: Int {
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        return Int(exactly: milliseconds) ?? 0
    }

    // Takes times with and without a fraction of a second.
    private static let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
