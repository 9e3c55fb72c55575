internal import HeaderFields

/// What a store keeps of a timeline beside the columns that older versions know, as one line of text.
///
/// It names the alarm that it is about: an older version that shares the store changes the columns and not
/// this line, which then is about another alarm and says nothing.
package enum TimelineFacts {
    /// The line for `timeline`; nil when there is nothing to keep.
    package static func text(_ timeline: IncidentTimeline) -> String? {
        var words: [String] = []
        func add(_ name: String, _ time: WallTime?) {
            if let time { words.append("\(name)=\(time.unixMilliseconds)") }
        }
        func add(_ name: String, _ text: String?) {
            if let text { words.append("\(name)=\(PercentEncoding.text(text))") }
        }
        if let episode = timeline.episode {
            words.append("of=\(episode.openedAt.map { "\($0.unixMilliseconds)" } ?? "")")
            add("moment", episode.moment)
            add("severity", episode.severity)
            add("worst", episode.worstSeverity)
            add("value", episode.value)
            add("newest", episode.newestOpen)
            if !episode.takenOver.isEmpty {
                words.append("taken=\(episode.takenOver.map(PercentEncoding.text).joined(separator: ","))")
            }
            add("acknowledged", episode.acknowledgedAt)
        }
        if !timeline.openings.isEmpty {
            let list = timeline.openings.map { "\($0.unixMilliseconds)" }.joined(separator: ",")
            words.append("openings=\(list)")
        }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

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
