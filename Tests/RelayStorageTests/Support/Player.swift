import OpenSenseWebhooks
import RelayCore
import RelayStorage

extension `SQLite and PostgreSQL` {
    /// Plays operations on one store, and says what came of them in words that do not depend on its numbers.
    final class Player {
        private let journals: [any OpenJournal]
        private let desk: StoreDesk
        private(set) var leased: [LeasedJob] = []
        private(set) var captures: [Int] = []
        private(set) var unread: [Int] = []
        /// Deliveries by number, for PostgreSQL leaves numbers out.
        private var names: [Int: String] = [:]

        /// Opens the store for `relays` relays, which take turns.
        init(_ world: JournalWorld, relays: Int) throws {
            // SQLite has one relay, which is given again what it has not settled.
            journals = try (0..<relays).map { _ in try world.open(claimMilliseconds: -1) }
            desk =
                try world.kind == .postgresql
                ? StoreDesk(postgreSQL: world.postgresql) : StoreDesk(sqlitePath: world.path)
        }

        func close() { for journal in journals { journal.close() } }

        func play(_ batch: [Operation], _ wish: Wish?, relay: Int) async throws -> [String] {
            var said = try wish.map { ["\($0): \(String(describing: try grant($0)))"] } ?? []
            // All are given before any has ended, so that they share transactions.
            let (stream, done) = AsyncStream<(Int, Result<JournalResult, StoreError>)>.makeStream()
            let journal = journals[relay % journals.count]
            for (index, operation) in batch.enumerated() {
                journal.submit(journalOperation(operation)) { done.yield((index, $0)) }
            }
            var results: [Int: JournalResult] = [:]
            for await (index, result) in stream {
                results[index] = try result.get()
                if results.count == batch.count { break }
            }
            for (index, operation) in batch.enumerated() {
                said.append(results[index].map { words(operation, $0) } ?? "nothing")
            }
            return said
        }

        private func journalOperation(_ operation: Operation) -> JournalOperation {
            switch operation {
            case .accept(let acceptance): return .accept(acceptance)
            case .lease(let name, let limit, let pick, let places, let now):
                return .lease(
                    LeaseRequest(
                        destination: name, limits: LeaseLimits(limit), pick: pick, fingerprints: places,
                        now: .at(now), leaseMilliseconds: 60_000))
            case .failOver(let onlyTried, let now):
                let request = FailOverRequest(
                    destination: "d", to: "backup", acceptedBefore: .at(now - 30_000), onlyTried: onlyTried)
                return .failOver(request, now: .at(now))
            case .survey(let now):
                return .survey(
                    SurveyRequest(
                        places: ["d": ["new"], "e": ["new", "old"]],
                        heardAgo: ["/a": now % 700, "/b": now % 1_100],
                        subjects: [SourceSubject(source: "/a", name: "site/\(now % 5)")],
                        subjectsKnown: now % 7),
                    now: .at(now))
            case .finish(let place, let outcome, let exchange, let leasesAgo, let mayHaveArrived, let now):
                var job = leased[place]
                job.lease -= leasesAgo
                var report = JobReport(job, outcome, exchange: exchange)
                report.mayHaveArrived = mayHaveArrived
                return .finish(report, now: .at(now))
            case .renew(let place, let now):
                return .renew(HeldJob(leased[place]), now: .at(now), leaseMilliseconds: 90_000)
            case .advance(let place, let progress, let now):
                return .advance(HeldJob(leased[place]), progress: progress, now: .at(now))
            case .release(let places, let now):
                return .release(places.map { HeldJob(leased[$0]) }, now: .at(now))
            case .quarantine(let capture): return .quarantine(capture)
            case .prune(let now, let running):
                return .prune(Self.retention, now: .at(now), running: running)
            case .takeRequests(let limit): return .takeRequests(limit: limit)
            case .settleCapture(let place, let isAccepted):
                let number = captures[place]
                return .settle(
                    isAccepted
                        ? .captureAccepted(number: number) : .captureRefused(number: number, code: "still"))
            case .settleDelivery(let place, let isRead):
                let number = unread[place]
                return .settle(
                    isRead ? .deliveryRead(sequence: number) : .deliveryUnread(sequence: number))
            }
        }

        /// As short as it goes.
        private static let retention: Retention = {
            var retention = Retention()
            retention.ledgerSeconds = LedgerRetention.retryHorizonSeconds
            (retention.historySeconds, retention.timelineSeconds) = (30_000, 30_000)
            retention.quarantineSeconds = 30_000
            return retention
        }()

        // MARK: Words

        private func words(_ operation: Operation, _ result: JournalResult) -> String {
            switch (operation, result) {
            case (
                .accept(let acceptance), .accepted(.accepted(let sequence, let verdict, let reason, let due))
            ):
                names[sequence] = acceptance.deliveryID
                return "\(acceptance.deliveryID) \(verdict) \(reason ?? "-") \(due)"
            case (_, .accepted(.duplicate(let sequence))):
                return "duplicate of \(names[sequence] ?? "nothing")"
            case (_, .leased(let lease)):
                leased += lease.jobs
                return "\(lease.jobs.map(words)), then \(lease.nextDueInMilliseconds ?? -1)"
            case (_, .requests(let requests)):
                captures += requests.captures.map(\.number)
                unread += requests.deliveries.map(\.sequence)
                return requests.captures.map(\.request).map {
                    "\($0.path) \($0.header) \($0.body) \($0.receivedAt)"
                }
                .joined() + requests.deliveries.map { "\($0.deliveryID) \($0.receivedAt)" }.joined()
            // Numbers that were left out count, too.
            case (_, .pruned(let looked)): return "pruned \(looked > 0)"
            case (_, .surveyed(let survey)):
                return "\(survey.unclaimed.sorted { $0.key < $1.key }) \(survey.ownIncidents.sorted())"
            case (_, let other): return "\(other)"
            }
        }

        private func words(_ job: LeasedJob) -> String {
            "\(job.deliveryID)/\(job.id % JobNumber.perDeliveryMax) \(job.action) \(job.incident) \(job.attempts) "
                + "\(job.triedMilliseconds) \(job.progress ?? "-") \(job.episodeState ?? "-") \(job.lease) "
                + "\(job.urgency.rawValue) \(job.fingerprint ?? "-") \(job.note ?? "-")"
        }

        // MARK: The desk

        private func grant(_ wish: Wish) throws -> DeskOutcome? {
            switch wish {
            case .retryLetter(let place): try letter(place).map(desk.retryDeadLetter).map(withoutNumbers)
            case .discardLetter(let place, let now):
                try letter(place).map { try desk.discardDeadLetter($0, now: .at(now)) }
            case .retryUnread(let place): try unreadDelivery(place).map(desk.retryUnread)
            case .discardUnread(let place): try unreadDelivery(place).map { try desk.discardUnread($0) }
            case .retryCapture(let place): try capture(place).map(desk.retryQuarantined)
            case .discardCapture(let place): try capture(place).map(desk.discardQuarantined)
            }
        }

        private func letter(_ place: Int) throws -> Int? {
            try desk.deadLetters(limit: place + 1).dropFirst(place).first?.job
        }

        private func unreadDelivery(_ place: Int) throws -> Int? {
            try desk.unreadDeliveries(limit: place + 1).dropFirst(place).first?.sequence
        }

        private func capture(_ place: Int) throws -> Int? {
            try desk.quarantined(limit: place + 1).dropFirst(place).first?.number
        }

        private func withoutNumbers(_ outcome: DeskOutcome) -> DeskOutcome {
            guard case .refused(let why) = outcome else { return outcome }
            return .refused(why.filter { !$0.isNumber })
        }

        /// What a person ends has the time of PostgreSQL's server.
        private func finish(_ job: DeliveryRow.Job) -> String {
            guard let time = job.finishedAt, job.state != .discarded else { return "-" }
            return "\(time)"
        }

        /// What is in the store at the end.
        func kept() async throws -> [String] {
            var kept = ["\(try await journals[0].summary())"]
            for delivery in try desk.deliveries(limit: StoreDesk.rowsMax) {
                let jobs = try desk.delivery("\(delivery.sequence)")?.jobs ?? []
                kept.append(
                    "\(delivery.deliveryID) \(delivery.receivedAt) \(delivery.state.map { "\($0)" } ?? "-") "
                        + jobs.map { job in
                            "\(job.number % JobNumber.perDeliveryMax) \(job.destination) \(job.action) "
                                + "\(job.state.map { "\($0)" } ?? "-") \(job.attempts) \(job.reason ?? "-") "
                                + "\(job.dueAt.map { "\($0)" } ?? "-") \(finish(job))"
                        }.joined(separator: ", "))
            }
            for letter in try desk.deadLetters(limit: StoreDesk.rowsMax) {
                let attempts = try desk.attempts(of: letter.job)
                kept.append("\(letter.deliveryID) \(letter.destination) \(letter.holds) \(attempts)")
            }
            for row in try desk.quarantined(limit: StoreDesk.rowsMax) {
                kept.append("\(row.receivedAt) \(row.code) \(row.isRequested)")
            }
            return kept
        }
    }
}
