internal import OpenSenseWebhooks

extension RelayEvent {
    /// A name and a value.
    package typealias Field = (name: String, value: String)

    /// What is known of it, in the order in which people read it.
    package var fields: [Field] {
        switch self {
        case .configurationSuspicious(let reason): [("reason", reason)]
        case .secretSuspicious(let path, let index, let reason):
            [("path", path), ("secret", "\(index)"), ("reason", reason)]
        case .started(let listen, let port, let store, let destinations, let version):
            [
                ("listen", listen), ("port", "\(port)"), ("store", store),
                ("destinations", destinations.joined(separator: ",")), ("version", version),
            ]
        case .stopping, .stopped, .storeRecovered: []
        case .hungUp: [("reason", "SIGHUP changes nothing; a changed configuration takes a restart")]
        case .requestRefused(let origin, let code, let status):
            [("code", code), ("status", "\(status)")] + origin.fields
        case .requestUnfinished(let origin, let code): [("code", code)] + origin.fields
        case .connectionsCrowded(let closed): [("closed", "\(closed)")]
        case .handshakeFailed(let peer, let reason): [("peer", peer), ("reason", reason)]
        case .certificateReplaced(let days): [("days", "\(days)")]
        case .certificateUnusable(let reason): [("reason", reason)]
        case .certificateEnding(let path, let days): [("file", path), ("days", "\(days)")]
        case .deliveryRefused(let origin, let code, let reason):
            [("code", code)] + origin.fields + [("reason", reason)]
        case .deliveryQuarantined(let origin, let code): [("code", code)] + origin.fields
        case .quarantineFull(let path): [("path", path)]
        case .pathMistyped(let origin, let source): origin.fields + [("source", source)]
        case .headerDisagrees(let delivery, let header): [("delivery", delivery), ("header", header)]
        case .incidentUnmatchable(let delivery, let key): [("delivery", delivery), ("key", key)]
        case .deliveryAccepted(let delivery): delivery.fields
        case .kindUnknown(let kind, let delivery): [("kind", kind), ("delivery", delivery)]
        case .deliveryDuplicate(let delivery, let sequence):
            [("delivery", delivery), ("sequence", "\(sequence)")]
        case .deliveryOdd(let delivery, let oddities):
            [("delivery", delivery), ("oddities", oddities.joined(separator: ","))]
        case .quarantineAccepted(let id, let delivery, let outcome):
            [("id", "\(id)"), ("delivery", delivery), ("outcome", outcome)]
        case .quarantineRefused(let id, let code): [("id", "\(id)"), ("code", code)]
        case .deliveryRead(let delivery, let outcome): [("delivery", delivery), ("outcome", outcome)]
        case .deliveryUnread(let delivery, let code): [("delivery", delivery), ("code", code)]
        case .jobLeased(let job): job.fields
        case .jobDelivered(let job, let remark): job.fields + (remark.map { [("remark", $0)] } ?? [])
        case .attemptMade(let job, let attempt):
            job.fields + [("outcome", attempt.outcome), ("milliseconds", "\(attempt.milliseconds)")]
        case .jobRetried(let job, let wait, let reason):
            job.fields + [("retry_in_ms", "\(wait)"), ("reason", reason)]
        case .jobDead(let job, let follows, let reason):
            job.fields + [("reason", reason), ("follows", follows)]
        case .jobLeaseLost(let job): [("job", "\(job.number)"), ("destination", job.destination)]
        case .jobStateDropped(let job, let reason), .jobPassed(let job, let reason),
            .credentialsRefused(let job, let reason):
            job.fields + [("reason", reason)]
        case .destinationPaused(let name), .destinationResumed(let name), .destinationGone(let name):
            [("destination", name)] + [destinationReason(name)].compactMap { $0.map { ("reason", $0) } }
        case .troubleReported(let key, let count, let reason):
            [("key", key), ("count", "\(count)"), ("reason", reason)]
        case .troubleOver(let key): [("key", key)]
        case .failedOver(let destination, let failover, let jobs):
            [("destination", destination), ("to", failover), ("jobs", "\(jobs)")]
        case .storeSlow(let operation, let milliseconds):
            [("operation", operation), ("milliseconds", "\(milliseconds)")]
        case .storeFailed(let error): [("code", error.kind.rawValue), ("reason", error.description)]
        case .lanesMended(let name, let count): [("destination", name), ("count", "\(count)")]
        case .storePruned(let deliveries): [("deliveries", "\(deliveries)")]
        case .heartbeatFailed, .heartbeatRecovered, .standingFailed, .standingRecovered: heartbeatFields
        case .eventsSuppressed(let code, let detail, let count):
            [("of", code.rawValue), ("code", detail), ("lines", "\(count)")]
        }
    }

    /// Why a destination is as it is, and what to do.
    private func destinationReason(_ name: String) -> String? {
        switch self {
        case .destinationPaused: "it does not answer, or asked to wait; its work waits with it"
        case .destinationGone:
            "work waits for it that no relay with this configuration can do; where none ever will, "
                + "dead-letters give-up \(name) makes dead letters of it"
        default: nil
        }
    }

    private var heartbeatFields: [(name: String, value: String)] {
        switch self {
        case .heartbeatFailed(let index, let reason): [("heartbeat", "\(index)"), ("reason", reason)]
        case .heartbeatRecovered(let index): [("heartbeat", "\(index)")]
        case .standingFailed(let destination, let incident, let reason):
            [("destination", destination), ("incident", incident), ("reason", reason)]
        case .standingRecovered(let destination, let incident):
            [("destination", destination), ("incident", incident)]
        default: []
        }
    }
}

extension RequestOrigin {
    var fields: [RelayEvent.Field] { [("peer", peer), ("path", path)] }
}

extension AcceptedDelivery {
    var fields: [RelayEvent.Field] {
        [
            ("delivery", id), ("kind", kind), ("incident", incident ?? "-"), ("verdict", verdict.rawValue),
            ("reason", reason ?? "-"), ("sequence", "\(sequence)"),
        ]
    }
}

extension JobReference {
    var fields: [RelayEvent.Field] {
        [
            ("job", "\(number)"), ("delivery", delivery), ("destination", destination),
            ("incident", incident), ("action", action), ("attempts", "\(attempts)"),
        ]
    }
}
