import AdapterKit
import FoundationEssentials
import Glibc
import OpenSenseWebhooks
import RelayCore
import RelayStorage

/// What it costs to take a job and to write down that it is done, with more and more of them waiting.
enum Backlog {
    private static let lanes = 10_000
    private static let atOnce = 16
    private static let measured = 8_000

    static func measure() async throws {
        var costs: [Double] = []
        for count in [1_000, 100_000, 1_000_000] { costs.append(try await measure(waiting: count)) }
        print("cost with a million to cost with a thousand: \(rounded(costs[2] / costs[0]))")
    }

    private static func measure(waiting count: Int) async throws -> Double {
        let folder = FileManager.default.temporaryDirectory.path + "/opensense-relay-backlog-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/relay.db"
        try await fill(path, count)
        let clock = ContinuousClock()
        var opened: SQLiteJournal?
        let opening = try clock.measure {
            opened = try SQLiteJournal(path: path, now: WallTime(unixMilliseconds: 1))
        }
        guard let journal = opened else { return .nan }
        defer { journal.close() }
        let jobs = min(measured, count / 2)
        let time = try await clock.measure { try await work(journal, jobs) }
        let microseconds = time / .microseconds(1) / Double(jobs)
        print(
            "\(count) waiting in \(min(count, lanes)) lanes: opened in \(opening / .milliseconds(1)) ms, "
                + "a job leased and finished in \(rounded(microseconds)) us, peak memory so far \(peakMiB()) MiB"
        )
        return microseconds
    }

    /// Alarms that open and clear in turn, so that every delivery makes a job.
    private static func fill(_ path: String, _ count: Int) async throws {
        let journal = try SQLiteJournal(path: path, now: WallTime(unixMilliseconds: 0))
        defer { journal.close() }
        let events = try (0..<lanes).map { lane in
            let body = Array(#"{"event":{"kind":"alarm_opened","channel_id":"\#(lane)"}}"#.utf8)
            return (body, IncidentKey(try Delivery(body: body).event, fallback: "-"))
        }
        for number in 0..<count {
            let (body, key) = events[number % lanes]
            let round = number / lanes
            let step = TimelineStep(
                action: round.isMultiple(of: 2) ? .open : .resolve, openedAt: nil,
                reference: WallTime(unixMilliseconds: round + 1),
                eventID: "\(number)", destinations: ["d"])
            var acceptance = Acceptance(
                identities: [DeliveryKey(of: "\(number)")], deliveryID: "wh_\(number)", kind: "alarm_opened",
                receivedAt: WallTime(unixMilliseconds: 0), body: body, content: .step(key, step))
            // As many jobs wait as were accepted.
            acceptance.policy.destinations["d"] = DestinationPolicy(
                onWorse: .page, onReopened: .page, pagesAgain: .byReopening, collapse: .never)
            guard number % 4_096 == 4_095 || number == count - 1 else {
                journal.submit(.accept(acceptance)) { _ in }
                continue
            }
            // It waits at intervals, so that no more is queued than the journal accepts.
            _ = try await perform(.accept(acceptance), on: journal)
        }
    }

    private static func work(_ journal: SQLiteJournal, _ jobs: Int) async throws {
        let now = WallTime(unixMilliseconds: 2)
        let operation = JournalOperation.lease(
            LeaseRequest(
                destination: "d", limits: LeaseLimits(atOnce), now: now, leaseMilliseconds: 60_000))
        var done = 0
        while done < jobs {
            guard case .leased(let lease) = try await perform(operation, on: journal),
                let last = lease.jobs.last
            else { return }
            for job in lease.jobs.dropLast() {
                journal.submit(.finish(JobReport(job, .delivered(episodeState: nil)), now: now)) { _ in }
            }
            _ = try await perform(
                .finish(JobReport(last, .delivered(episodeState: nil)), now: now), on: journal)
            done += lease.jobs.count
        }
    }

    private static func perform(
        _ operation: JournalOperation, on journal: SQLiteJournal
    ) async throws -> JournalResult {
        try await withCheckedThrowingContinuation { done in
            journal.submit(operation) { done.resume(with: $0) }
        }
    }

    /// The most memory that this process has had so far.
    private static func peakMiB() -> Int {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1_024
    }

    private static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}
