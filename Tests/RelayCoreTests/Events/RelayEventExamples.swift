import AdapterKit
import OpenSenseWebhooks
import RelayCore

extension RelayEvent {
    /// An event of each code; a new code does not compile until it has one.
    static func example(of code: Code) -> RelayEvent {
        let origin = RequestOrigin(peer: "192.0.2.1", path: "/opensense")
        let job = JobReference(
            LeasedJob(
                id: 128, destination: "oncall", action: .open, incident: "alarm/s/d/c", deliveryID: "wh_1",
                body: [],
                attempts: 0, triedMilliseconds: 0, begunAt: WallTime(unixMilliseconds: 0), nonce: "n",
                lease: 1))
        return switch code {
        case .configurationSuspicious: .configurationSuspicious(reason: "r")
        case .secretSuspicious: .secretSuspicious(path: "/opensense", index: 0, reason: "r")
        case .started:
            .started(
                listen: "127.0.0.1:0", port: 1, store: "memory:", destinations: ["a", "b"], version: "1")
        case .stopping: .stopping
        case .hungUp: .hungUp
        case .stopped: .stopped
        case .requestRefused: .requestRefused(origin, code: "not-found", status: 404)
        case .requestUnfinished: .requestUnfinished(origin, code: "broken-off")
        case .connectionsCrowded: .connectionsCrowded(closed: 3)
        case .handshakeFailed: .handshakeFailed(peer: "203.0.113.9", reason: "no shared cipher")
        case .certificateReplaced: .certificateReplaced(days: 90)
        case .certificateUnusable: .certificateUnusable(reason: "There is no file relay.pem.")
        case .certificateEnding: .certificateEnding(path: "relay.pem", days: 6)
        case .deliveryRefused: .deliveryRefused(origin, code: "header-missing", reason: "r")
        case .deliveryQuarantined: .deliveryQuarantined(origin, code: "signature-mismatch")
        case .quarantineFull: .quarantineFull(path: "/opensense")
        case .pathMistyped: .pathMistyped(origin, source: "/opensense")
        case .headerDisagrees: .headerDisagrees(delivery: "wh_1", header: "h")
        case .incidentUnmatchable: .incidentUnmatchable(delivery: "wh_1", key: "k")
        case .deliveryAccepted:
            .deliveryAccepted(
                AcceptedDelivery(
                    id: "wh_1", kind: "alarm_opened", incident: nil, verdict: .planned, reason: nil,
                    sequence: 1))
        case .kindUnknown: .kindUnknown(kind: "door_opened", delivery: "wh_1")
        case .deliveryDuplicate: .deliveryDuplicate(delivery: "wh_1", sequence: 1)
        case .deliveryOdd: .deliveryOdd(delivery: "wh_1", oddities: ["utf-16"])
        case .quarantineAccepted: .quarantineAccepted(id: 1, delivery: "wh_1", outcome: "planned")
        case .quarantineRefused: .quarantineRefused(id: 1, code: "c")
        case .deliveryRead: .deliveryRead(delivery: "wh_1", outcome: "planned")
        case .deliveryUnread: .deliveryUnread(delivery: "wh_1", code: "c")
        case .jobLeased: .jobLeased(job)
        case .attemptMade: .attemptMade(job, Attempt(outcome: "202", milliseconds: 3))
        case .jobDelivered: .jobDelivered(job, remark: "a rule suppressed it")
        case .jobRetried: .jobRetried(job, inMilliseconds: 5, reason: "status 503")
        case .jobPassed: .jobPassed(job, reason: "status 500")
        case .jobDead: .jobDead(job, follows: "held", reason: "status 400")
        case .jobLeaseLost: .jobLeaseLost(job)
        case .jobStateDropped: .jobStateDropped(job, reason: "too long")
        case .destinationPaused: .destinationPaused(name: "oncall")
        case .destinationResumed: .destinationResumed(name: "oncall")
        case .destinationGone: .destinationGone(name: "oncall")
        case .failedOver: .failedOver(destination: "oncall", to: "backup", jobs: 2)
        case .credentialsRefused: .credentialsRefused(job, reason: "status 401")
        case .troubleReported: .troubleReported(key: "relay/stalled/oncall", count: 2, reason: "status 503")
        case .troubleOver: .troubleOver(key: "relay/stalled/oncall")
        case .storeFailed: .storeFailed(StoreError(.full, "The disk is full."))
        case .storeRecovered: .storeRecovered
        case .storeSlow: .storeSlow(operation: "lease", milliseconds: 501)
        case .storePruned: .storePruned(deliveries: 0)
        case .lanesMended: .lanesMended(destination: "oncall", count: 2)
        case .heartbeatFailed: .heartbeatFailed(index: 0, reason: "timeout")
        case .heartbeatRecovered: .heartbeatRecovered(index: 0)
        case .standingFailed:
            .standingFailed(destination: "d", incident: "alarm/s/d/c", reason: "status 404")
        case .standingRecovered: .standingRecovered(destination: "d", incident: "alarm/s/d/c")
        case .eventsSuppressed: .eventsSuppressed(code: .requestRefused, detail: "not-found", count: 3)
        }
    }
}
