/// What one server accepts at most.
package struct ServerLimits: Sendable, Hashable {
    /// The largest body, in bytes.
    ///
    /// More is answered ``ServerRefusal/bodyTooLarge(maxBytes:)``.
    package var bodyBytesMax = 1_048_576
    /// The largest head, in bytes from the request line to the empty line.
    ///
    /// More is answered 431.
    package var headerBytesMax = 16_384
    /// The most connections open at one time; further ones wait in the system's queue.
    package var connectionsMax = 2_048
    /// Seconds that a connection may be silent: between requests, within one, or not taking its response.
    package var idleSeconds = 30
    /// Seconds from the request line to the last byte of the request.
    ///
    /// A request that is slower is cut off without an answer: OpenSense drops a delivery for ever on a 408,
    /// but sends it again when the connection breaks.
    package var requestSeconds = 10
    /// Seconds from the complete request to the answer; then ``ServerRefusal/answerTimedOut`` goes out
    /// instead.
    ///
    /// OpenSense gives up after 5 s.
    package var answerSeconds = 4
    /// The threads that read and write, 1...16.
    ///
    /// Measured on two cores, durable accepts at 64 connections: 2 threads 27,700/s, 3 threads 29,000/s, 4
    /// threads 28,400/s.
    package var threads = 3

    /// Creates the default limits.
    package init() {}
}
