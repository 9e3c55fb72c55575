internal import HeaderFields

/// What a store keeps of a timeline beside the columns that older versions know, as one line of text.
///
/// It names the alarm that it is about: an older version that shares the store changes the columns and not
/// this line, which then is about another alarm and says nothing.
package enum TimelineFacts {
    /// Room for most lines, in bytes.
    private static let usualBytes = 128

    /// The line for `timeline`; nil when there is nothing to keep.
    ///
    /// - Parameter mentionedAt: When a delivery named the incident that did not change the timeline.
    package static func text(_ timeline: IncidentTimeline, mentionedAt: WallTime? = nil) -> String? {
        var line = ""
        line.reserveCapacity(usualBytes)
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            if !line.isEmpty { line += " " }
            line += name
            line += "="
            line += value
        }
        func add(_ name: String, each values: [String]) {
            guard let first = values.first else { return }
            add(name, first)
            for value in values.dropFirst() {
                line += ","
                line += value
            }
        }
        if let episode = timeline.episode {
            add("of", episode.openedAt.map(text) ?? "")
            add("moment", episode.moment.map(text))
            add("severity", episode.severity.map(PercentEncoding.text))
            add("worst", episode.worstSeverity.map(PercentEncoding.text))
            add("value", episode.value.map(PercentEncoding.text))
            add("newest", episode.newestOpen.map(text))
            add("taken", each: episode.takenOver.map(PercentEncoding.text))
            add("acknowledged", episode.acknowledgedAt.map(text))
        }
        add("openings", each: timeline.openings.map(text))
        add("mentioned", mentionedAt.map(text))
        return line.isEmpty ? nil : line
    }

    /// When a delivery last named the incident without a change of its timeline, as the line says.
    package static func mentionedAt(_ text: String?) -> WallTime? {
        text?.split(separator: " ").first { $0.hasPrefix("mentioned=") }
            .flatMap { Int($0.dropFirst("mentioned=".count)) }.map(WallTime.init(unixMilliseconds:))
    }

    private static func text(_ time: WallTime) -> String { String(time.unixMilliseconds) }

    /// Adds to `timeline`, which has what the columns say, what `text` says.
    package static func add(_ text: String?, to timeline: inout IncidentTimeline) {
        let openedAt = timeline.episode?.openedAt
        timeline.episode?.moment = openedAt
        timeline.episode?.newestOpen = openedAt
        guard let text else { return }
        var facts: [Substring: Substring] = [:]
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { facts[parts[0]] = parts[1] }
        }
        func time(_ name: Substring) -> WallTime? {
            facts[name].flatMap { Int($0) }.map(WallTime.init(unixMilliseconds:))
        }
        func word(_ name: Substring) -> String? {
            facts[name].map { PercentEncoding.decodedText($0) }
        }
        timeline.openings = (facts["openings"] ?? "").split(separator: ",")
            .compactMap { Int($0) }.map(WallTime.init(unixMilliseconds:))
        guard facts["of"] != nil, time("of") == openedAt else { return }
        timeline.episode?.moment = time("moment")
        timeline.episode?.severity = word("severity")
        timeline.episode?.worstSeverity = word("worst")
        timeline.episode?.value = word("value")
        timeline.episode?.newestOpen = time("newest")
        timeline.episode?.acknowledgedAt = time("acknowledged")
        timeline.episode?.takenOver = (facts["taken"] ?? "").split(separator: ",").map {
            PercentEncoding.decodedText($0)
        }
    }
}
