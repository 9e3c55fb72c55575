/// What one server accepts at most; each bound has its own refusal or ends a connection.
package struct ServerLimits: Sendable, Hashable {
    // MARK: One request

    /// The largest head, in bytes from the request line to the empty line.
    package var headBytesMax = 16_384
    /// The longest target, in bytes.
    package var targetBytesMax = 2_048
    /// The most header fields.
    package var headersMax = 100
    /// The largest body, in bytes.
    package var bodyBytesMax = 1_048_576
    /// The longest line of a chunk, extensions included, in bytes.
    package var chunkLineBytesMax = 256
    /// The longest trailers, in bytes.
    package var trailerBytesMax = 4_096

    // MARK: Connections

    /// The most connections open at one time; for a further one the one that loses least makes room.
    package var connectionsMax = 2_048
    /// The most connections of one address, or of one /64 of IPv6; see ``AddressCounts``.
    package var connectionsPerAddressMax = 256
    /// The most requests of one connection, which ends with the answer to the last of them.
    package var requestsPerConnectionMax = 100_000
    /// The most TLS handshakes that are not over.
    ///
    /// For a further one the client that has been waited for longest makes room; where all wait for the
    /// server, new connections do too.
    package var handshakesMax = 1_024
    /// The most bytes of a client's part of the handshake.
    package var handshakeBytesMax = 32_768
    /// The most bytes of requests that are not whole, heads too; past it the slowest goes.
    package var unfinishedBytesMax = 64 << 20

    /// The proxies in front: their connections are not counted by address, and a request's peer is the one
    /// that they name.
    package var trustedProxies = TrustedProxies()

    /// The most answers at a time, in one loop, whose bodies come piece by piece.
    package var streamsMax = 64
    /// The most bytes of such a body that wait for the client.
    package var streamBytesMax = 65_536

    // MARK: Times

    /// Seconds that a connection may be silent between requests, before the first one too, and not taking an
    /// answer.
    package var idleSeconds = 30
    /// Seconds that a new connection has for its first byte before it may have to make room as idle.
    package var firstByteSeconds = 1
    /// Seconds from a connection's beginning to the end of the TLS handshake.
    package var handshakeSeconds = 10
    /// Seconds from the first byte to the last of the head.
    package var headSeconds = 10
    /// Seconds for the body, and ``bodyBytesPerSecondMin`` more for as much as has come.
    ///
    /// A request that is slower is cut off without an answer: OpenSense drops a delivery for ever on a 408,
    /// but sends it again when the connection breaks.
    package var bodySeconds = 10
    /// What a body has to bring a second, in bytes, once ``bodySeconds`` are over; it is never silent for so
    /// long.
    package var bodyBytesPerSecondMin = 1_024
    /// Seconds from a request's first byte to the answer; then ``ServerRefusal/answerTimedOut`` goes out
    /// instead.
    ///
    /// A request that takes long to come has a second more from when it is whole.
    ///
    /// OpenSense gives up after 5 s.
    package var answerSeconds = 4

    /// The threads that read and write, 1...16.
    package var threads = 1

    /// Creates the default limits.
    package init() {}
}
