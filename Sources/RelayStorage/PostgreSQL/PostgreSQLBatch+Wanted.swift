internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

extension PostgreSQLBatch {
    /// What a batch's operations must know before any of them is decided.
    struct Wanted {
        /// The keys of incidents, each once.
        private(set) var keys: [String] = []
        /// Jobs that are reported finished, or released.
        private(set) var ended: [Int] = []
        /// Jobs whose lease must be held.
        private(set) var jobs: [Int] = []
        /// The keys of deliveries.
        private(set) var identities: [DeliveryKey] = []
        private var deliveryCount = 0

        init(_ operations: [JournalOperation]) {
            var known: Set<String> = []
            for operation in operations {
                switch operation {
                case .accept(let acceptance):
                    deliveryCount += 1
                    identities += acceptance.identities
                    if let key = acceptance.eventKey { identities.append(key) }
                    guard case .step(let key, _) = acceptance.content else { continue }
                    for key in [key, acceptance.keyWithoutAccount].compactMap(\.self)
                    where known.insert(key.stored).inserted { keys.append(key.stored) }
                case .finish(let report, _):
                    ended.append(report.job)
                    jobs.append(report.job)
                case .release(let held, _, _):
                    ended += held.map(\.job)
                    jobs += held.map(\.job)
                case .renew(let held, _, _), .advance(let held, _, _): jobs.append(held.job)
                case .lease, .failOver, .quarantine, .probe, .prune, .mend, .takeRequests, .settle, .survey,
                    .look, .summarize:
                    break
                }
            }
        }

        /// The same, and the lanes of these jobs.
        func with(_ more: [Int]) -> Wanted {
            var wanted = self
            wanted.ended += more
            wanted.jobs += more
            return wanted
        }

        /// The statements, each of which sees what was committed before the locks of those in front of it
        /// were had.
        ///
        /// Rows are locked in the order of their numbers, incidents before jobs, so that relays do not wait
        /// for each other in a circle. Numbers for deliveries come after the locks: see
        /// ``PostgreSQLBatch/nextSequence()``.
        var statements: [PostgreSQLStatement] {
            var statements: [PostgreSQLStatement] = []
            let concerned: [PostgreSQLValue] = [.texts(keys), .integers(ended)]
            let concernsIncidents = !keys.isEmpty || !ended.isEmpty
            if concernsIncidents {
                statements.append(PostgreSQLStatement(Self.incidentsAndLock, concerned))
            }
            if !jobs.isEmpty {
                statements.append(PostgreSQLStatement(Self.jobsAndLock, [.integers(jobs)]))
            }
            if concernsIncidents {
                statements.append(
                    PostgreSQLStatement(Self.lanes, concerned + [.integer(JobNumber.perDeliveryMax)]))
            }
            if !keys.isEmpty { statements.append(PostgreSQLStatement(Self.pins, [.texts(keys)])) }
            guard !identities.isEmpty else { return statements }
            return statements + [
                PostgreSQLStatement(
                    """
                    SELECT ledger.high, ledger.low, sequence FROM unnest($1::bigint[], $2::bigint[]) AS asked (high, low)
                        JOIN ledger ON ledger.high = asked.high AND ledger.low = asked.low
                    """,
                    [.integers(identities.map(\.signedHigh)), .integers(identities.map(\.signedLow))]),
                PostgreSQLStatement(
                    "SELECT nextval('deliveries_sequence') FROM generate_series(1, $1::bigint)",
                    [.integer(deliveryCount)]),
                PostgreSQLStatement(
                    "SELECT nextval('incidents_id') FROM generate_series(1, $1::bigint)",
                    [.integer(keys.count)]),
            ]
        }

        private static let incidentsAndLock: StaticString =
            """
            SELECT id, key, is_open, opened_at, event_id, destinations, newest_clear, cleared_opening,
                early_opened_at, early_reference, facts
            FROM incidents WHERE id IN (
                SELECT named.id FROM unnest($1::text[]) AS asked (key) JOIN incidents AS named
                    ON named.key = asked.key
                UNION SELECT incident FROM jobs WHERE id = ANY ($2::bigint[]))
            ORDER BY id FOR NO KEY UPDATE
            """

        private static let jobsAndLock: StaticString =
            """
            SELECT id, incident, destination, action, state, lease, attempts, origin
            FROM jobs WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE
            """

        private static let pins: StaticString =
            """
            SELECT pins.incident, pins.destination FROM unnest($1::text[]) AS asked (key)
                JOIN incidents ON incidents.key = asked.key JOIN pins ON pins.incident = incidents.id
            """

        /// The incidents first, and then the jobs of each: OFFSET 0 keeps the server from taking all jobs
        /// that wait first, as it may by a plan that it made when there were few.
        private static let lanes: StaticString =
            """
            WITH concerned AS MATERIALIZED (
                SELECT named.id FROM unnest($1::text[]) AS asked (key) JOIN incidents AS named
                    ON named.key = asked.key
                UNION SELECT incident FROM jobs WHERE id = ANY ($2::bigint[]))
            SELECT lane.id, lane.incident, destination, state, (due_at IS NOT NULL)::int, action, attempts, urgency,
                arrived, received_at
            FROM concerned CROSS JOIN LATERAL (
                SELECT * FROM jobs WHERE jobs.incident = concerned.id AND finished_at IS NULL
                    AND state <> 'dead' OFFSET 0) AS lane
                LEFT JOIN deliveries ON deliveries.sequence = lane.id / $3
            ORDER BY lane.id
            """
    }
}

extension IncidentKey {
    /// The longest key that is kept as it is, in bytes; PostgreSQL's indexes take no more than about 2,700.
    private static let storedBytesMax = 1_000

    /// The key as PostgreSQL has it; a longer one is known by its hash.
    var stored: String { Self.stored(text) }

    /// The same of the key whose text is given.
    static func stored(_ text: String) -> String {
        guard text.utf8.count > Self.storedBytesMax else { return text }
        // With the account, which has to be known again when the key is read back.
        let hashed = vendorKey(of: text, charactersMax: Self.storedBytesMax).split(separator: "/")
        return "opensense/\(text.prefix { $0 != "/" })/\(hashed.last ?? "")"
    }
}
