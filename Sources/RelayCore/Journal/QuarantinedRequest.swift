/// A request whose signature did not hold, kept in case the secret was wrong on our side.
package struct QuarantinedRequest: Sendable, Hashable {
    /// When it was received.
    package var receivedAt: WallTime
    /// The path it was sent to, which names the source.
    package var path: String
    /// The stable code of the failure.
    package var code: String
    /// The header fields that matter for a later check, as `Name: value` lines.
    package var header: String
    /// The body as received.
    package var body: [UInt8]

    /// A request.
    package init(receivedAt: WallTime, path: String, code: String, header: String, body: [UInt8]) {
        self.receivedAt = receivedAt
        self.path = path
        self.code = code
        self.header = header
        self.body = body
    }
}

/// Whether a request was kept.
package enum QuarantineOutcome: Sendable, Hashable {
    /// It was kept.
    case kept
    /// It was not: the bound of this minute or of the whole quarantine is reached.
    case dropped
}
