internal import OpenSenseWebhooks

extension IncidentUpdate {
    /// One line for the person on call.
    ///
    /// Where, what happened with its numbers, since when and how bad, and what has changed.
    ///
    /// `Freezer 3, Berlin: 11.2 °C, allowed −2 to 8, since 08:10 UTC (alarm)`. Uncut.
    public var title: String { Headline(self).whole }

    /// The title within a vendor's limit, on one line.
    ///
    /// Of one that is too long the place is cut first, so that neither a long name nor a long place hides the
    /// numbers, and ``note`` comes before them, so that what has changed is not cut.
    public func title(within limit: TextLimit) -> String { Headline(self).fitted(limit) }

    /// Where it happened, from the narrowest: `Freezer 3, Berlin`, or ids where there is no name.
    ///
    /// Nil when the event does not say.
    ///
    /// A channel without a name is left out where its device has one and measures one thing.
    public var place: String? {
        let channel = names.channel ?? (hidesChannel ? nil : event.channelID)
        let parts = [channel, names.device ?? event.deviceID, names.site ?? event.siteID]
            .compactMap(\.self).filter { !$0.isEmpty }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private var hidesChannel: Bool { names.device != nil && names.isOnlyChannel }

    /// What a person reads before the fields of the event.
    ///
    /// The title, where to look, and the ids of what has a name.
    ///
    /// Uncut.
    public var briefing: [String] {
        let named = [
            ("Channel", names.channel, event.channelID), ("Device", names.device, event.deviceID),
            ("Site", names.site, event.siteID),
        ].compactMap { word, name, id in name.map { "\(word): \($0) (\(id ?? ""))" } }
        let hidden = hidesChannel ? event.channelID.map { ["Channel: \($0)"] } ?? [] : []
        return [title] + [names.link].compactMap(\.self) + hidden + named
    }

    /// How bad it is.
    ///
    /// What the destination's map says; else the sender's severity where it is a word we know; otherwise what
    /// the kind suggests, and for an alarm always the worst: a page too many can be forgiven, one too few
    /// cannot.
    public var severity: IncidentSeverity { mappedSeverity ?? usualSeverity }

    private var usualSeverity: IncidentSeverity {
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

    /// A measured value as people read it.
    package static func text(_ value: Double) -> String { ReadableNumber.text(value) }
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
