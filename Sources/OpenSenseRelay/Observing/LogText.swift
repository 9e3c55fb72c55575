internal import FoundationEssentials
internal import OpenSenseWebhooks
internal import RelayCore

/// Lines of the log as text: logfmt or JSON.
struct LogText {
    /// The longest value, in bytes; longer ones are cut.
    private static let valueBytesMax = 400
    private var lines = ""
    private var clock = ClockText()

    /// Gives the lines, and keeps none.
    mutating func take() -> String {
        defer { lines = "" }
        return lines
    }

    mutating func append(_ line: LogLine) {
        switch line.content {
        case .event(let event, let time, let format): append(event, at: time, format)
        case .text(let text): lines += text
        }
    }

    mutating func append(_ event: RelayEvent, at time: WallTime, _ format: Log.Format) {
        let isJSON = format == .json
        if isJSON { lines += "{" }
        append("time", clock.text(time), isJSON, isFirst: true)
        append("level", event.level.rawValue, isJSON)
        append("event", event.code.rawValue, isJSON)
        for (name, value) in event.fields { append(name, value, isJSON) }
        lines += isJSON ? "}\n" : "\n"
    }

    private mutating func append(_ name: String, _ value: String, _ isJSON: Bool, isFirst: Bool = false) {
        let value = JSONText.cut(value, bytesMax: Self.valueBytesMax)
        if !isFirst { lines += isJSON ? "," : " " }
        if isJSON { JSONText.append(name, to: &lines) } else { lines += name }
        lines += isJSON ? ":" : "="
        if !isJSON, Self.isPlain(value) { lines += value } else { JSONText.append(value, to: &lines) }
    }

    private static func isPlain(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x3D }
    }
}

/// Writes moments as ISO 8601, and remembers the last second: many lines fall into one.
private struct ClockText {
    private var last = (seconds: Int.min, text: "")

    mutating func text(_ time: WallTime) -> String {
        let (seconds, milliseconds) = (time.unixSeconds, time.millisecondsOfSecond)
        if last.seconds != seconds {
            let date = Date(timeIntervalSince1970: Double(seconds))
            last = (seconds, String(date.formatted(Date.ISO8601FormatStyle()).dropLast()))
        }
        var text = last.text
        text += milliseconds < 10 ? ".00" : milliseconds < 100 ? ".0" : "."
        text += String(milliseconds)
        text += "Z"
        return text
    }
}
