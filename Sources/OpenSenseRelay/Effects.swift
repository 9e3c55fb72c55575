/// What the relay takes from the world, given to it as values; a test gives its own.
package struct Effects: Sendable {
    /// The wall clock, in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// May jump either way.
    package var unixMilliseconds: @Sendable () -> Int
    /// The wall clock as it was when the process began plus the time that has passed since, in milliseconds: what is
    /// planned by it comes neither early nor late when somebody sets the clock.
    package var steadyMilliseconds: @Sendable () -> Int

    /// Suspends for at least so many milliseconds, or throws `CancellationError`.
    package var sleep: @Sendable (_ milliseconds: Int) async throws -> Void
    /// Uniform random bits, for jitter only; never for keys.
    package var random: @Sendable () -> UInt64

    /// The effects of a process or of a test.
    package init(
        unixMilliseconds: @escaping @Sendable () -> Int, steadyMilliseconds: @escaping @Sendable () -> Int,
        sleep: @escaping @Sendable (_ milliseconds: Int) async throws -> Void,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.unixMilliseconds = unixMilliseconds
        self.steadyMilliseconds = steadyMilliseconds
        self.sleep = sleep
        self.random = random
    }
}
