package import AdapterKit

/// What an event asks of its incident, before the past is consulted.
package struct TimelineStep: Sendable, Hashable {
    /// What the event's kind stands for.
    package var action: IncidentUpdate.Action
    /// When the alarm began, as the sender says: what distinguishes it from others of its key.
    ///
    /// Also in the sender's own future, so that an alarm which is sent twice stays one.
    package var moment: WallTime?
    /// The same as it orders events: no later than the second in which the event was signed.
    package var openedAt: WallTime?
    /// The latest time the event carries, cut in the same way.
    package var reference: WallTime?
    /// Whether the event has a later time, too, so that `opened_at` is not just its own.
    package var namesOpening: Bool
    /// The event's id, if it has one.
    package var eventID: String?
    /// How bad it is, in the sender's word; nil where it does not say.
    package var severity: String?
    /// The measured value, for people; nil where there is none.
    package var value: String?
    /// Where the configuration sends it now; none for an event that no route matches.
    package var destinations: [String]

    /// A step; whether it names its opening follows from the cut times where nothing else is said.
    package init(
        action: IncidentUpdate.Action, moment: WallTime? = nil, openedAt: WallTime?, reference: WallTime?,
        namesOpening: Bool? = nil, eventID: String?, severity: String? = nil, value: String? = nil,
        destinations: [String]
    ) {
        self.action = action
        self.moment = moment ?? openedAt
        self.openedAt = openedAt
        self.reference = reference
        self.namesOpening = namesOpening ?? openedAt.map { $0 < reference ?? $0 } ?? false
        self.eventID = eventID
        self.severity = severity
        self.value = value
        self.destinations = destinations
    }

    /// When the alarm began, as far as the event shows it, in the order of events.
    var opening: WallTime? { openedAt ?? reference }

    /// What distinguishes the alarm, as far as the event shows it.
    var identity: WallTime? { moment ?? reference }
}

/// What the timeline says of an event.
package enum TimelineVerdict: Sendable, Hashable {
    /// These actions are sent; a destination that appears twice gets them in this order.
    ///
    /// The note is for the person who is paged: what has changed.
    case send([DestinationPlan], note: String? = nil)
    /// It repeats an open alarm; nothing is sent.
    case repeated
    /// It is over already; nothing is sent.
    case superseded(Reason)

    /// Why an event came too late.
    package enum Reason: String, Sendable, Hashable {
        /// A clear that is no older has been accepted.
        case clearedSince = "cleared-since"
        /// A newer alarm of the same key is open.
        case newerAlarmOpen = "newer-alarm-open"
        /// The alarm has begun again since, or has become worse.
        case reopenedSince = "reopened-since"
    }

    static func send(to destinations: [String], _ actions: [IncidentUpdate.Action]) -> TimelineVerdict {
        .send(destinations.map { DestinationPlan(destination: $0, actions: actions) })
    }
}

/// What one destination is sent, in order.
package struct DestinationPlan: Sendable, Hashable {
    /// The destination's name.
    package var destination: String
    /// At least one action.
    package var actions: [IncidentUpdate.Action]

    /// A plan.
    package init(destination: String, actions: [IncidentUpdate.Action]) {
        self.destination = destination
        self.actions = actions
    }
}
