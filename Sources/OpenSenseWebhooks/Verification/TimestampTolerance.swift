/// How far a signed timestamp may lie from the receiver's clock.
///
/// - Unit: whole seconds, applied both ways; a timestamp from the future is as bad as an old one.
/// - Range: 1...86,400. Outside it the initialiser throws.
/// - Source: OpenSense webhook documentation, "The 5-minute timestamp tolerance".
public struct TimestampTolerance: Sendable, Hashable {
    /// The allowed distance, in seconds.
    public let seconds: Int

    /// The sender's documented tolerance: 300 seconds.
    public static let standard = TimestampTolerance(validSeconds: 300)

    /// The seconds that ``init(seconds:)`` takes.
    public static let allowedSeconds = 1...86_400

    /// Creates a tolerance of `seconds` before and after the receiver's clock.
    ///
    /// - Throws: ``TimestampToleranceError`` outside ``allowedSeconds``.
    public init(seconds: Int) throws(TimestampToleranceError) {
        guard Self.allowedSeconds.contains(seconds) else { throw TimestampToleranceError(seconds: seconds) }
        self.init(validSeconds: seconds)
    }

    private init(validSeconds: Int) { seconds = validSeconds }

    /// Whether a timestamp `age` seconds old (negative: in the future) is fresh enough; the limit is.
    public func accepts(ageSeconds age: Int) -> Bool { age.magnitude <= UInt(seconds) }

    /// Whether the time that a request says it was signed at is fresh enough, before anything is verified.
    package func accepts(timeOf request: WebhookRequest, at now: Int) -> Bool {
        guard let time = try? SignatureHeader(only: request.signatureHeaders).timestamp else { return false }
        return accepts(ageSeconds: now - time)
    }
}

/// A tolerance outside ``TimestampTolerance/allowedSeconds``.
public struct TimestampToleranceError: Error, Hashable, CustomStringConvertible {
    /// What was asked for.
    public let seconds: Int

    /// One sentence for a person.
    public var description: String { "The tolerance must be between 1 and 86400 seconds; \(seconds) is not." }
}
