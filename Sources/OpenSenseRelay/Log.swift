internal import FoundationEssentials
internal import OpenSenseWebhooks
package import RelayCore
internal import Synchronization

/// Writes one line for each event: logfmt or JSON.
///
/// Nothing that comes here is a secret or a body.
package struct Log: Sendable {
    /// How lines are written.
    package enum Format: String, Sendable, CaseIterable {
        /// `time=… level=info event=delivery.accepted …`
        case logfmt
        /// `{"time":"…","level":"info","event":"delivery.accepted",…}`
        case json
    }

    /// How bad an event is.
    package enum Level: String, Sendable {
        /// Everything is as it should be.
        case info
        /// It works, but somebody should look.
        case warning
        /// Something does not work.
        case error
    }

    /// The longest value, in bytes; longer ones are cut.
    package static let valueBytesMax = 400

    private let format: Format
    private let clockText = ClockText()
    private let wallTime: @Sendable () -> WallTime
    private let write: @Sendable (_ line: String, _ level: Level) -> Void

    /// A log.
    ///
    /// - Parameters:
    ///   - format: How lines are written.
    ///   - wallTime: The clock.
    ///   - write: Takes each line, its newline included.
    package init(
        format: Format, wallTime: @escaping @Sendable () -> WallTime,
        write: @escaping @Sendable (_ line: String, _ level: Level) -> Void
    ) {
        self.format = format
        self.wallTime = wallTime
        self.write = write
    }

    /// A log that nobody reads.
    package static let silent = Log(
        format: .logfmt, wallTime: { WallTime(unixMilliseconds: 0) }, write: { _, _ in })

    /// Writes an event and what is known of it, in the given order.
    package func callAsFunction(
        _ level: Level, _ event: String, _ fields: KeyValuePairs<String, String> = [:]
    ) {
        var line = ""
        let isJSON = format == .json
        append("time", clockText.text(wallTime()), isJSON, to: &line)
        append("level", level.rawValue, isJSON, to: &line)
        append("event", event, isJSON, to: &line)
        for (name, value) in fields { append(name, value, isJSON, to: &line) }
        write(isJSON ? "{\(line)}\n" : line + "\n", level)
    }

    private func append(_ name: String, _ value: String, _ isJSON: Bool, to line: inout String) {
        let value = JSONText.cut(value, bytesMax: Self.valueBytesMax)
        if isJSON {
            line += (line.isEmpty ? "" : ",") + JSONText.quoted(name) + ":" + JSONText.quoted(value)
        } else {
            line += (line.isEmpty ? "" : " ") + name + "=" + (isPlain(value) ? value : JSONText.quoted(value))
        }
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
        let digits = "\(milliseconds + 1_000)".dropFirst()
        return "\(whole).\(digits)Z"
    }
}
