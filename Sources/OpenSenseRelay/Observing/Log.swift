package import RelayCore
internal import Synchronization

/// Gives one line for each event.
///
/// Events that unauthenticated peers can cause without limit are written sixty times a minute for each
/// reason, then counted.
package final class Log: Sendable {
    /// How lines are written.
    package enum Format: String, Sendable, CaseIterable {
        /// `time=… level=info event=delivery.accepted …`
        case logfmt
        /// `{"time":"…","level":"info","event":"delivery.accepted",…}`
        case json
    }

    private let format: Format
    private let levelMin: RelayEvent.Level
    private let throttle = Mutex(EventThrottle())
    private let now: @Sendable () -> ClockReading
    private let write: @Sendable (LogLine) -> Void

    /// A log.
    ///
    /// - Parameters:
    ///   - format: How lines are written.
    ///   - levelMin: Events that matter less are not written.
    ///   - now: The clocks.
    ///   - write: Takes each line.
    package init(
        format: Format, levelMin: RelayEvent.Level = .info, now: @escaping @Sendable () -> ClockReading,
        write: @escaping @Sendable (LogLine) -> Void
    ) {
        self.format = format
        self.levelMin = levelMin
        self.now = now
        self.write = write
    }

    /// Writes an event.
    package func observe(_ event: RelayEvent) {
        let now = now()
        // Only what may be suppressed, or may have been, is anything to the throttle.
        let events = throttle.withLock { throttle in
            var events = throttle.admit(event, at: now.steady)
            if case .stopped = event { events.insert(contentsOf: throttle.rest(), at: 0) }
            return events
        }
        for event in events where event.level >= levelMin { write(LogLine(event, at: now.wall, format)) }
    }
}
