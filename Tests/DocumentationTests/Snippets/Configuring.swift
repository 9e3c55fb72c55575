import OpenSenseWebhooks
import PostgreSQLLedger
import SQLiteLedger

/// The snippets that choose secrets, answers and a ledger.
struct Configuring {
    let service: Service

    func bothSecrets(_ newSecret: Secret, _ oldSecret: Secret) throws -> WebhookVerifier {
        // snippet: both secrets
        let verifier = try WebhookVerifier(secrets: [newSecret, oldSecret])
        // snippet end
        return verifier
    }

    func whichSecret() -> @Sendable (ReceiverReport) -> Void {
        let log = service.log
        // snippet: which secret
        let report: @Sendable (ReceiverReport) -> Void = { report in
            guard case .handled(_, let index, let fingerprint) = report.event else { return log(report.code) }
            log("handled with secret \(index), fingerprint \(fingerprint)")
        }
        // snippet end
        return report
    }

    func longTolerance(_ secret: Secret) throws -> WebhookVerifier {
        // snippet: long tolerance
        let tolerance = try TimestampTolerance(seconds: 27_400)
        let verifier = try WebhookVerifier(secrets: [secret], tolerance: tolerance)
        // snippet end
        return verifier
    }

    func severalSources(
        _ north: WebhookReceiver, _ south: WebhookReceiver, _ request: WebhookRequest
    ) async -> WebhookResponse {
        // snippet: several sources
        let sources = WebhookSources([
            (path: "/opensense/north", receiver: north),
            (path: "/opensense/south", receiver: south),
        ])
        let answer = await sources.receive(request, at: "/opensense/south")
        // snippet end
        return answer
    }

    func policy() -> ResponsePolicy {
        // snippet: policy
        var policy = ResponsePolicy()
        policy.answerWithinSeconds = 3  // a slow network in between; default 4
        policy.handlersMax = 64  // what your database can take at once; default 256
        policy.claimsMax = 256  // what may wait for the ledger at once; default 1,024
        policy.quarantinesMax = 2  // what strangers may occupy at once; default 8
        policy.leaseSeconds = 120  // how long a crash puts a retry off; default 60
        policy.staleness = .reject  // 401: a request older than 300 s is dropped for ever
        policy.headerDisagreement = .reject  // 401: for a proxy that must not touch the headers
        policy.inFlight = .acknowledgeUnfinished  // 200: lost, should the first attempt fail
        // snippet end
        return policy
    }

    func inMemory() throws -> InMemoryDeliveryLedger {
        let log = service.log
        // snippet: ledger in memory
        let ledger = try InMemoryDeliveryLedger(
            idsMax: 200_000,
            onEviction: { eviction in log("forgotten \(eviction.remainingSeconds) s early") })
        // snippet end
        return ledger
    }

    func inSQLite(_ folder: String) throws -> SQLiteDeliveryLedger {
        // snippet: SQLite ledger
        let ledger = try SQLiteDeliveryLedger(path: "\(folder)/ledger.db")
        // snippet end
        return ledger
    }

    /// Compiled and not run: it names a server that does not exist.
    func inPostgreSQL() throws -> PostgreSQLDeliveryLedger {
        // snippet: PostgreSQL ledger
        let ledger = try PostgreSQLDeliveryLedger("host=db.example.net user=receiver dbname=alarms")
        // snippet end
        return ledger
    }
}
