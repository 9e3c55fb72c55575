internal import FoundationEssentials
internal import OpenSenseWebhooks

extension IncidentUpdate {
    /// One line for the person on call: what happened and where.
    ///
    /// Uncut.
    public var title: String {
        let (what, detail) = summary
        return join(what, [detail, note], place)
    }

    /// The title within a vendor's limit, on one line; of one that is too long the beginning.
    ///
    /// ``note`` comes first then, so that neither a long name nor a long place hides what has changed.
    public func title(within limit: TextLimit) -> String {
        let whole = title
        guard let note, !limit.allows(whole) else { return limit.cutLine(whole) }
        let (what, detail) = summary
        let short = TextLimit(max: max(limit.max / 3, 1)).cut(what)
        return limit.cutLine(join(short, [note, detail], place))
    }

    /// What happened, and what more there is to say of it.
    private var summary: (what: String, detail: String?) {
        if key.domain == "relay", case .string(let text)? = event.fields["text"] {
            return ("opensense-relay", text)
        }
        switch event.kind {
        case .alarmOpened: return ("Alarm", reading)
        case .alarmAcknowledged: return ("Alarm acknowledged", nil)
        case .alarmCleared: return ("Alarm cleared", reading)
        case .deviceOffline: return ("Device offline", nil)
        case .deviceOnline: return ("Device online again", nil)
        case .silenceOpened: return ("Alarms silenced", nil)
        case .silenceClosed: return ("Silence ended", nil)
        case .reportReady: return ("Report ready", event.id)
        default: return ("OpenSense event \(event.kind.name)", event.id)
        }
    }

    /// Where it happened, from the narrowest: `chn_a1b2, dev_b1d2, site_4f3c`; nil when the event does not
    /// say.
    public var place: String? {
        let parts = [event.channelID, event.deviceID, event.siteID].compactMap(\.self).filter { !$0.isEmpty }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// How bad it is.
    ///
    /// The sender's severity where it is a word we know; otherwise what the kind suggests, and for an alarm
    /// always the worst: a page too many can be forgiven, one too few cannot.
    public var severity: IncidentSeverity {
        switch event.severity?.lowercased() {
        case "alarm", "critical", "fatal", "emergency": return .critical
        case "error", "major", "high": return .error
        case "warning", "warn", "minor": return .warning
        case "info", "information", "notice", "ok", "low": return .info
        default: break
        }
        switch event.kind {
        case .alarmOpened, .alarmAcknowledged, .alarmCleared: return .critical
        case .deviceOffline, .deviceOnline: return .error
        case .silenceOpened, .silenceClosed, .reportReady: return .info
        default: return .warning
        }
    }

    /// `11.2, outside -2 to 8`; nil without a value.
    private var reading: String? {
        guard let value = event.valueAt else { return nil }
        let text = Self.text(value)
        let thresholds = event.thresholds
        let (low, high) = (thresholds?.okMin, thresholds?.okMax)
        let isOutside = value < (low ?? value) || value > (high ?? value)
        let word = isOutside ? "outside" : "within"
        switch (low, high) {
        case (let low?, let high?): return "\(text), \(word) \(Self.text(low)) to \(Self.text(high))"
        case (let low?, nil): return "\(text), \(isOutside ? "below" : "at least") \(Self.text(low))"
        case (nil, let high?): return "\(text), \(isOutside ? "above" : "at most") \(Self.text(high))"
        case (nil, nil): return text
        }
    }

    private func join(_ what: String, _ details: [String?], _ place: String?) -> String {
        let details = details.compactMap(\.self).joined(separator: "; ")
        return what + (details.isEmpty ? "" : ": \(details)") + (place.map { " (\($0))" } ?? "")
    }

    /// A measured value as people read it.
    package static func text(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}

/// How bad an incident is, from the worst down.
public enum IncidentSeverity: String, Sendable, Hashable, CaseIterable {
    /// Something is being lost right now.
    case critical
    /// A fault that needs attention.
    case error
    /// Not right yet, or no longer.
    case warning
    /// For the record.
    case info
}
