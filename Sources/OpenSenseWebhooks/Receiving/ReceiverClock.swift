#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The time as a receiver sees it; a test supplies its own.
public struct ReceiverClock: Sendable {
    /// The wall clock, in seconds since 1970-01-01T00:00:00Z.
    public var unixSeconds: @Sendable () -> Int
    /// Waits for at least so long, or throws `CancellationError`.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// A clock.
    public init(
        unixSeconds: @escaping @Sendable () -> Int,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.unixSeconds = unixSeconds
        self.sleep = sleep
    }

    /// The system's clocks.
    public static let system = ReceiverClock(
        unixSeconds: { Int(Date().timeIntervalSince1970.rounded(.down)) },
        sleep: { try await Task.sleep(for: $0) })
}
