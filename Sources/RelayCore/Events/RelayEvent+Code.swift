internal import OpenSenseWebhooks

extension RelayEvent {
    /// The stable name of an event.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case configurationSuspicious = "configuration.suspicious"
        case secretSuspicious = "secret.suspicious"
        case started = "relay.started"
        case stopping = "relay.stopping"
        case hungUp = "relay.hung-up"
        case stopped = "relay.stopped"
        case requestRefused = "request.refused"
        case requestUnfinished = "request.unfinished"
        case connectionsCrowded = "connections.crowded"
        case handshakeFailed = "handshake.failed"
        case certificateReplaced = "certificate.replaced"
        case certificateUnusable = "certificate.unusable"
        case certificateEnding = "certificate.ending"
        case deliveryRefused = "delivery.refused"
        case deliveryQuarantined = "delivery.quarantined"
        case quarantineFull = "quarantine.full"
        case pathMistyped = "path.mistyped"
        case headerDisagrees = "header.disagrees"
        case incidentUnmatchable = "incident.unmatchable"
        case deliveryAccepted = "delivery.accepted"
        case kindUnknown = "delivery.kind-unknown"
        case deliveryDuplicate = "delivery.duplicate"
        case deliveryOdd = "delivery.odd"
        case quarantineAccepted = "quarantine.accepted"
        case quarantineRefused = "quarantine.refused"
        case deliveryRead = "delivery.read"
        case deliveryUnread = "delivery.unread"
        case jobLeased = "job.leased"
        case attemptMade = "job.attempted"
        case jobDelivered = "job.delivered"
        case jobRetried = "job.retried"
        case jobDead = "job.dead"
        case jobPassed = "job.passed"
        case jobLeaseLost = "job.lease-lost"
        case jobStateDropped = "job.state-dropped"
        case destinationPaused = "destination.paused"
        case destinationResumed = "destination.resumed"
        case destinationGone = "destination.gone"
        case failedOver = "destination.failed-over"
        case credentialsRefused = "destination.credentials-refused"
        case troubleReported = "trouble.reported"
        case troubleOver = "trouble.over"
        case storeFailed = "store.failed"
        case storeRecovered = "store.recovered"
        case storeSlow = "store.slow"
        case storePruned = "store.pruned"
        case lanesMended = "store.lanes-mended"
        case heartbeatFailed = "heartbeat.failed"
        case heartbeatRecovered = "heartbeat.recovered"
        case standingFailed = "standing.failed"
        case standingRecovered = "standing.recovered"
        case eventsSuppressed = "log.suppressed"
    }

    /// The stable name.
    package var code: Code {
        switch self {
        case .configurationSuspicious: .configurationSuspicious
        case .secretSuspicious: .secretSuspicious
        case .started: .started
        case .stopping: .stopping
        case .hungUp: .hungUp
        case .stopped: .stopped
        case .requestRefused: .requestRefused
        case .requestUnfinished: .requestUnfinished
        case .connectionsCrowded: .connectionsCrowded
        case .handshakeFailed: .handshakeFailed
        case .certificateReplaced: .certificateReplaced
        case .certificateUnusable: .certificateUnusable
        case .certificateEnding: .certificateEnding
        case .deliveryRefused: .deliveryRefused
        case .deliveryQuarantined: .deliveryQuarantined
        case .quarantineFull: .quarantineFull
        case .pathMistyped: .pathMistyped
        case .headerDisagrees: .headerDisagrees
        case .incidentUnmatchable: .incidentUnmatchable
        case .deliveryAccepted: .deliveryAccepted
        case .kindUnknown: .kindUnknown
        case .deliveryDuplicate: .deliveryDuplicate
        case .deliveryOdd: .deliveryOdd
        case .quarantineAccepted: .quarantineAccepted
        case .quarantineRefused: .quarantineRefused
        case .deliveryRead: .deliveryRead
        case .deliveryUnread: .deliveryUnread
        case .jobLeased: .jobLeased
        case .attemptMade: .attemptMade
        case .jobDelivered: .jobDelivered
        case .jobRetried: .jobRetried
        case .jobDead: .jobDead
        case .jobPassed: .jobPassed
        case .jobLeaseLost: .jobLeaseLost
        case .jobStateDropped: .jobStateDropped
        case .destinationPaused: .destinationPaused
        case .destinationResumed: .destinationResumed
        case .destinationGone: .destinationGone
        case .failedOver: .failedOver
        case .credentialsRefused: .credentialsRefused
        case .troubleReported: .troubleReported
        case .troubleOver: .troubleOver
        case .storeFailed: .storeFailed
        case .storeRecovered: .storeRecovered
        case .storeSlow: .storeSlow
        case .storePruned: .storePruned
        case .lanesMended: .lanesMended
        case .heartbeatFailed: .heartbeatFailed
        case .heartbeatRecovered: .heartbeatRecovered
        case .standingFailed: .standingFailed
        case .standingRecovered: .standingRecovered
        case .eventsSuppressed: .eventsSuppressed
        }
    }

    /// How much an event matters to a person.
    package enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
        /// Of use to those who look for a fault; not in the log unless asked for.
        case debug
        /// All is well.
        case info
        /// It works, and a person should look.
        case warning
        /// Something does not work.
        case error

        /// From debug up to error.
        package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    /// How much it matters.
    package var level: Level {
        switch self {
        case .jobLeased, .attemptMade, .storePruned: .debug
        case .started, .stopping, .hungUp, .stopped, .deliveryDuplicate, .quarantineAccepted, .deliveryRead,
            .jobDelivered, .troubleOver, .certificateReplaced,
            .destinationResumed, .storeRecovered, .heartbeatRecovered, .standingRecovered:
            .info
        case .deliveryAccepted(let delivery):
            delivery.reason != nil || delivery.verdict == .unrouted ? .warning : .info
        case .configurationSuspicious, .secretSuspicious, .requestRefused, .requestUnfinished,
            .connectionsCrowded, .handshakeFailed, .certificateEnding,
            .deliveryRefused, .deliveryQuarantined,
            .storeSlow, .quarantineFull, .pathMistyped, .jobPassed, .headerDisagrees, .deliveryOdd,
            .incidentUnmatchable,
            .quarantineRefused,
            .deliveryUnread,
            .jobRetried,
            .kindUnknown, .jobLeaseLost, .jobStateDropped, .failedOver, .destinationPaused, .heartbeatFailed,
            .standingFailed,
            .eventsSuppressed:
            .warning
        case .certificateUnusable, .jobDead, .destinationGone, .storeFailed, .lanesMended,
            .credentialsRefused, .troubleReported:
            .error
        }
    }

    /// The reason within the event's code by which events that can be caused without limit are counted.
    ///
    /// Of each such kind sixty a minute are written, the rest only counted. Nil for events whose number is
    /// bounded by what was accepted.
    package var suppressionKey: String? {
        switch self {
        case .requestRefused(_, let code, _), .requestUnfinished(_, let code),
            .deliveryRefused(_, let code, _),
            .deliveryQuarantined(_, let code):
            code
        case .storeFailed(let error): error.kind.rawValue
        case .quarantineFull, .pathMistyped: ""
        case .handshakeFailed(_, let reason): reason
        case .credentialsRefused(let job, _): job.destination
        case .deliveryOdd(_, let oddities): oddities.joined(separator: ",")
        default: nil
        }
    }
}
