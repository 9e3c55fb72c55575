/// What belongs to an update beside its content.
///
/// Time and nonce are the same on every attempt and in every step, so that a request which is sent again has
/// the same bytes; the attempt's own time is for signatures that are valid for minutes alone.
public struct AdapterContext: Sendable, Hashable {
    /// When the relay received the delivery.
    ///
    /// - Unit: seconds since 1970-01-01T00:00:00Z, by the relay's clock.
    public let time: Int
    /// When this attempt began.
    ///
    /// - Unit: seconds since 1970-01-01T00:00:00Z, by the relay's clock.
    public let attemptTime: Int
    /// A text that no other update has at any destination: for an idempotency key or a signature's nonce.
    ///
    /// - Range: 1 to 64 ASCII letters, digits and hyphens.
    public let nonce: String
    /// What ``AdapterStep/done(state:remark:)`` asked to keep for this episode at this destination, if
    /// anything.
    public let state: String?
    /// The progress that was kept last for this update, if any: by an attempt before, or by the step that the
    /// answer belongs to.
    public let progress: String?

    /// A context; without a time of the attempt it is the first one.
    public init(
        time: Int, nonce: String, state: String? = nil, progress: String? = nil, attemptTime: Int? = nil
    ) {
        self.time = time
        self.attemptTime = attemptTime ?? time
        self.nonce = nonce
        self.state = state
        self.progress = progress
    }
}
