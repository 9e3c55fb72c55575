import AdapterKit
import Foundation
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// SQLite asks the store at every step, PostgreSQL decides a batch in memory: here both do the same random
/// work.
@Suite(.enabled(if: JournalWorld.Kind.available.contains(.postgresql), "make test starts a server"))
struct `SQLite and PostgreSQL` {
    /// One of the operations, the same for both.
    enum Operation {
        case accept(Acceptance)
        case lease(String, limit: Int, now: Int)
        /// Of a job that was leased, by its place among them; perhaps under an older lease.
        case finish(Int, JobOutcome, leasesAgo: Int, now: Int)
        case renew(Int, now: Int)
    }

    @Test(arguments: 0..<12) func `decide alike, however the work is batched`(_ round: Int) async throws {
        let seed =
            ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let worlds = try [JournalWorld(.memory), JournalWorld(.postgresql)]
        let players = try worlds.map { Player(try $0.open()) }
        defer { for player in players { player.journal.close() } }
        var now = 1_000
        for step in 0..<60 {
            now += Int.random(in: 0...20_000, using: &random)
            let count = Int.random(in: 1...12, using: &random)
            let batch = (0..<count).map { _ in operation(now, players[0].leased.count, &random) }
            let said = try await [players[0].play(batch), players[1].play(batch)]
            try #require(said[0] == said[1], "SEED=\(seed), round \(round), step \(step)")
        }
        let summaries = try await [players[0].journal.summary(), players[1].journal.summary()]
        #expect(summaries[0] == summaries[1], "SEED=\(seed)")
    }

    private func operation(_ now: Int, _ leasedCount: Int, _ random: inout SeededRandom) -> Operation {
        let destinations = ["d", "e", "backup"]
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
            let action = IncidentUpdate.Action.allCases.randomElement(using: &random) ?? .open
            let number = Int.random(in: 0..<400, using: &random)
            let to = destinations.prefix(2).filter { _ in Bool.random(using: &random) }
            let time = Bool.random(using: &random) ? Int.random(in: 0..<40, using: &random) : nil
            let made = try? Acceptance.of(
                number, action, site: "s\(Int.random(in: 0..<3, using: &random))", openedAt: time, to: to,
                receivedAt: now)
            return made.map { .accept($0) } ?? .lease("d", limit: 1, now: now)
        case 5..<7:
            let name = destinations.randomElement(using: &random) ?? "d"
            return .lease(name, limit: Int.random(in: 1...4, using: &random), now: now)
        case 7 where leasedCount > 0:
            return .renew(Int.random(in: 0..<leasedCount, using: &random), now: now)
        default:
            guard leasedCount > 0 else { return .lease("e", limit: 2, now: now) }
            // Mostly one of the last ones, which are still held.
            let place = max(0, leasedCount - 1 - Int.random(in: 0..<8, using: &random))
            return .finish(
                place, outcome(now, &random), leasesAgo: Int.random(in: 0..<10, using: &random) == 0 ? 1 : 0,
                now: now)
        }
    }

    private func outcome(_ now: Int, _ random: inout SeededRandom) -> JobOutcome {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .retry(afterMilliseconds: Int.random(in: 0...30_000, using: &random), reason: "r")
        case 1: .dead(.init(reason: "r", holdsLane: Bool.random(using: &random)))
        case 2: .dead(.init(reason: "r", holdsLane: Bool.random(using: &random), failover: "backup"))
        default: .delivered(episodeState: Bool.random(using: &random) ? "c\(now)" : nil)
        }
    }

    /// Plays operations on one journal, and says what came of them in words that do not depend on its
    /// numbers.
    final class Player {
        let journal: any OpenJournal
        private(set) var leased: [LeasedJob] = []
        /// Deliveries by number, for PostgreSQL leaves numbers out.
        private var names: [Int: String] = [:]

        init(_ journal: any OpenJournal) { self.journal = journal }

        func play(_ batch: [Operation]) async throws -> [String] {
            // All are given before any has ended, so that they share transactions.
            let replies = batch.map { operation in (operation, Reply(journal, operation, leased)) }
            var said: [String] = []
            for (operation, reply) in replies {
                switch (operation, try await reply.value()) {
                case (.accept(let acceptance), .accepted(let outcome)):
                    said.append(words(acceptance, outcome))
                case (_, .leased(let lease)):
                    leased += lease.jobs
                    said.append("\(lease.jobs.map(words)), then \(lease.nextDueInMilliseconds ?? -1)")
                case (_, let other): said.append("\(other)")
                }
            }
            return said
        }

        private func words(_ acceptance: Acceptance, _ outcome: AcceptanceOutcome) -> String {
            switch outcome {
            case .accepted(let sequence, let verdict, let reason, let due):
                names[sequence] = acceptance.deliveryID
                return "\(acceptance.deliveryID) \(verdict) \(reason ?? "-") \(due)"
            case .duplicate(let sequence): return "duplicate of \(names[sequence] ?? "nothing")"
            }
        }

        private func words(_ job: LeasedJob) -> String {
            "\(job.deliveryID)/\(job.id % JobNumber.perDeliveryMax) \(job.action) \(job.incident) \(job.attempts) "
                + "\(job.triedMilliseconds) \(job.episodeState ?? "-") \(job.lease)"
        }
    }

    /// What an operation that has been given comes to.
    struct Reply {
        enum Value: Sendable {
            case accepted(AcceptanceOutcome)
            case leased(Lease)
            case finished(FinishOutcome)
            case renewed(Bool)
        }

        private let stream: AsyncThrowingStream<Value, any Error>

        init(_ journal: any OpenJournal, _ operation: Operation, _ leased: [LeasedJob]) {
            let (stream, done) = AsyncThrowingStream<Value, any Error>.makeStream()
            self.stream = stream
            @Sendable func settle(_ result: Result<Value, StoreError>) {
                switch result {
                case .success(let value):
                    done.yield(value)
                    done.finish()
                case .failure(let error): done.finish(throwing: error)
                }
            }
            switch operation {
            case .accept(let acceptance): journal.accept(acceptance) { settle($0.map { .accepted($0) }) }
            case .lease(let name, let limit, let now):
                journal.lease(destination: name, limit: limit, now: .at(now), leaseMilliseconds: 60_000) {
                    settle($0.map { .leased($0) })
                }
            case .finish(let place, let outcome, let leasesAgo, let now):
                var job = leased[place]
                job.lease -= leasesAgo
                journal.finish(JobReport(job, outcome), now: .at(now)) { settle($0.map { .finished($0) }) }
            case .renew(let place, let now):
                let job = leased[place]
                journal.renew(job: job.id, lease: job.lease, now: .at(now), leaseMilliseconds: 90_000) {
                    settle($0.map { .renewed($0) })
                }
            }
        }

        func value() async throws -> Value {
            for try await value in stream { return value }
            throw CancellationError()
        }
    }
}
