package import RelayCore

/// What the relay takes from the world, given to it as values; a test gives its own.
package struct Effects: Sendable {
    /// The wall clock, which may be set either way at any time.
    package var wallTime: @Sendable () -> WallTime
    /// The clock by which waits are counted.
    package var steadyTime: @Sendable () -> SteadyTime
    /// Suspends for at least so many milliseconds, or throws `CancellationError`.
    package var sleep: @Sendable (_ milliseconds: Int) async throws -> Void
    /// Uniform random bits, for jitter only; never for keys.
    package var random: @Sendable () -> UInt64

    /// The effects of a process or of a test.
    package init(
        wallTime: @escaping @Sendable () -> WallTime, steadyTime: @escaping @Sendable () -> SteadyTime,
        sleep: @escaping @Sendable (_ milliseconds: Int) async throws -> Void,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.wallTime = wallTime
        self.steadyTime = steadyTime
        self.sleep = sleep
        self.random = random
    }

    /// Both clocks now.
    package var now: ClockReading { ClockReading(wall: wallTime(), steady: steadyTime()) }
}
