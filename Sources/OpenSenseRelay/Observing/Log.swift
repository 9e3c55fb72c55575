internal import FoundationEssentials
internal import OpenSenseWebhooks
package import RelayCore
internal import Synchronization

/// Writes one line for each event: logfmt or JSON.
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

    /// The longest value, in bytes; longer ones are cut.
    package static let valueBytesMax = 400

    /// Room for most lines, in bytes.
    private static let usualLineBytes = 320

    private let format: Format
    private let levelMin: RelayEvent.Level
    private let clockText = ClockText()
    private let throttle = Mutex(EventThrottle())
    private let now: @Sendable () -> ClockReading
    private let write: @Sendable (_ line: String, _ level: RelayEvent.Level) -> Void

    /// A log.
    ///
    /// - Parameters:
    ///   - format: How lines are written.
    ///   - levelMin: Events that matter less are not written.
    ///   - now: The clocks.
    ///   - write: Takes each line, its newline included.
    package init(
        format: Format, levelMin: RelayEvent.Level = .info, now: @escaping @Sendable () -> ClockReading,
        write: @escaping @Sendable (_ line: String, _ level: RelayEvent.Level) -> Void
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
        for event in events where event.level >= levelMin { write(event, now.wall) }
    }

    private func write(_ event: RelayEvent, _ time: WallTime) {
        var line = ""
        line.reserveCapacity(Self.usualLineBytes)
        let isJSON = format == .json
        if isJSON { line += "{" }
        append("time", clockText.text(time), isJSON, isFirst: true, to: &line)
        append("level", event.level.rawValue, isJSON, to: &line)
        append("event", event.code.rawValue, isJSON, to: &line)
        for (name, value) in event.fields { append(name, value, isJSON, to: &line) }
        line += isJSON ? "}\n" : "\n"
        write(line, event.level)
    }

    private func append(
        _ name: String, _ value: String, _ isJSON: Bool, isFirst: Bool = false, to line: inout String
    ) {
        let value = JSONText.cut(value, bytesMax: Self.valueBytesMax)
        if !isFirst { line += isJSON ? "," : " " }
        if isJSON { JSONText.append(name, to: &line) } else { line += name }
        line += isJSON ? ":" : "="
        if !isJSON, isPlain(value) { line += value } else { JSONText.append(value, to: &line) }
    }

    private func isPlain(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x3D }
    }
}

/// Writes moments as ISO 8601, and remembers the last second: many lines fall into one.
private final class ClockText: Sendable {
    private let last = Mutex((seconds: Int.min, text: ""))

    func text(_ time: WallTime) -> String {
        let (seconds, milliseconds) = (time.unixSeconds, time.millisecondsOfSecond)
        let whole = last.withLock { last in
            if last.seconds != seconds {
                let date = Date(timeIntervalSince1970: Double(seconds))
                last = (seconds, String(date.formatted(Date.ISO8601FormatStyle()).dropLast()))
            }
            return last.text
        }
        var text = whole
        text += milliseconds < 10 ? ".00" : milliseconds < 100 ? ".0" : "."
        text += String(milliseconds)
        text += "Z"
        return text
    }
}
