package import RelayCore

/// A line of the log that waits to be written.
///
/// It is made into text by the thread that writes it: a batch of deliveries is answered without that.
package struct LogLine: Sendable {
    enum Content: Sendable {
        case event(RelayEvent, at: WallTime, Log.Format)
        /// A text that is a line already.
        case text(String)
    }

    let content: Content
    /// Whether it is a warning or an error.
    let isUrgent: Bool
    /// What it takes in memory while it waits, in bytes, give or take a hundred.
    let bytes: Int

    /// The most bytes of an event that waits as it is: a text is cut, and an event is not.
    private static let eventBytesMax = 2_048

    package init(_ event: RelayEvent, at time: WallTime, _ format: Log.Format) {
        isUrgent = event.level > .info
        let eventBytes = Self.bytes(of: event)
        if eventBytes <= Self.eventBytesMax {
            (content, bytes) = (.event(event, at: time, format), eventBytes)
        } else {
            var text = LogText()
            text.append(event, at: time, format)
            let line = text.take()
            (content, bytes) = (.text(line), line.utf8.count)
        }
    }

    /// The line with its newline.
    package var text: String {
        var text = LogText()
        text.append(self)
        return text.take()
    }

    private static func bytes(of event: RelayEvent) -> Int {
        let usual = 256
        // Of these there are thousands a second: they are measured without their fields.
        return switch event {
        case .deliveryAccepted(let delivery):
            usual + delivery.id.utf8.count + delivery.kind.utf8.count + (delivery.incident?.utf8.count ?? 0)
        case .deliveryDuplicate(let delivery, _): usual + delivery.utf8.count
        default: event.fields.reduce(usual) { $0 + $1.value.utf8.count }
        }
    }
}
