/// What happened, as the sender names it.
///
/// - Source: OpenSense webhook documentation, "Setup": the eight kinds.
@nonexhaustive public enum EventKind: Sendable, Hashable, CustomStringConvertible {
    /// A channel left its thresholds.
    case alarmOpened
    /// A person took the alarm on.
    case alarmAcknowledged
    /// The channel is back within its thresholds.
    case alarmCleared
    /// A device stopped reporting.
    case deviceOffline
    /// A device reports again.
    case deviceOnline
    /// Alarms are muted from now on.
    case silenceOpened
    /// Alarms are no longer muted.
    case silenceClosed
    /// A report can be fetched.
    case reportReady
    /// A kind that this version does not know; it is kept as it came.
    case unknown(String)

    /// The eight documented kinds.
    public static let documented: [EventKind] = [
        .alarmOpened, .alarmAcknowledged, .alarmCleared, .deviceOffline, .deviceOnline, .silenceOpened,
        .silenceClosed, .reportReady,
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: documented.map { ($0.name, $0) })

    /// The kind called `name`, compared byte for byte.
    public init(name: String) { self = Self.byName[name] ?? .unknown(name) }

    /// The sender's name of the kind.
    public var name: String {
        switch self {
        case .alarmOpened: "alarm_opened"
        case .alarmAcknowledged: "alarm_ack"
        case .alarmCleared: "alarm_cleared"
        case .deviceOffline: "device_offline"
        case .deviceOnline: "device_online"
        case .silenceOpened: "silence_opened"
        case .silenceClosed: "silence_closed"
        case .reportReady: "report_ready"
        case .unknown(let name): name
        }
    }

    /// The sender's name of the kind.
    public var description: String { name }
}
