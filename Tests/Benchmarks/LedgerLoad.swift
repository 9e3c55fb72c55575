import FoundationEssentials
import Glibc
import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLLedger
import SQLiteClient
import SQLiteLedger
import Synchronization

/// What a claim costs in each ledger, with more and more remembered; every claim is committed.
enum LedgerLoad {
    private static let sizes = [1_000, 100_000, 1_000_000]
    /// Deliveries that are claimed at once.
    private static let atOnce = 64
    private static let measured = 16_000

    /// - Parameter postgresql: How to connect to a database whose table may be replaced; nil for without.
    static func measure(postgresql: String?) async throws {
        for count in sizes {
            let before = residentKiB()
            let ledger = try InMemoryDeliveryLedger(idsMax: 2_000_000, bytesMax: 128 << 20)
            for number in 0..<count {
                if case .fresh(let ticket) = try ledger.claim(key(number), leaseSeconds: 60) {
                    ledger.commit(ticket)
                }
            }
            print("in memory, \(count) remembered: \(residentKiB() - before) KiB")
            try await load(ledger, "in memory, \(count) remembered")
        }
        for count in sizes { try await measureSQLite(count) }
        guard let postgresql else { return }
        for count in sizes { try await measurePostgreSQL(postgresql, count) }
    }

    private static func measureSQLite(_ count: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/opensense-ledger-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/ledger.db"
        try SQLiteDeliveryLedger(path: path).close()
        let filling = try SQLiteConnection(path: path, create: false)
        try filling.execute("BEGIN")
        let insert = try filling.statement("INSERT INTO opensense_ledger_v1 VALUES (?1, ?2, ?3, 0)")
        let end = ReceiverClock.system.unixSeconds() + 86_400
        for number in 0..<count { try insert.run(key(number).signedHigh, key(number).signedLow, end) }
        try filling.execute("COMMIT")
        let ledger = try SQLiteDeliveryLedger(path: path)
        defer { ledger.close() }
        try await load(ledger, "SQLite, \(count) remembered")
    }

    private static func measurePostgreSQL(_ server: String, _ count: Int) async throws {
        let filling = try PostgreSQLConnection(server)
        try filling.execute("DROP TABLE IF EXISTS opensense_ledger_v1")
        try PostgreSQLDeliveryLedger(server).close()
        let end = ReceiverClock.system.unixSeconds() + 86_400
        for start in stride(from: 0, to: count, by: 50_000) {
            let keys = (start..<min(start + 50_000, count)).map(key)
            _ = try filling.query(
                "INSERT INTO opensense_ledger_v1 SELECT *, $3, 0 FROM unnest($1::bigint[], $2::bigint[])",
                [.integers(keys.map(\.signedHigh)), .integers(keys.map(\.signedLow)), .integer(end)])
        }
        let ledger = try PostgreSQLDeliveryLedger(server)
        defer { ledger.close() }
        try await load(ledger, "PostgreSQL, \(count) remembered")
    }

    /// How far the load has come, and how long each claim took.
    private final class Progress: Sendable {
        let next = Atomic(0)
        let times = Mutex([Duration]())
    }

    private static func load(_ ledger: any DeliveryLedger, _ name: String) async throws {
        let progress = Progress()
        let clock = ContinuousClock()
        let time = try await clock.measure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<atOnce {
                    group.addTask {
                        var own: [Duration] = []
                        while true {
                            let number = progress.next.add(1, ordering: .relaxed).oldValue
                            guard number < measured else { break }
                            let start = clock.now
                            let claim = try await ledger.claim(key(-1 - number), leaseSeconds: 60)
                            own.append(start.duration(to: clock.now))
                            if case .fresh(let ticket) = claim { try await ledger.commit(ticket) }
                        }
                        progress.times.withLock { [own] in $0 += own }
                    }
                }
                try await group.waitForAll()
            }
        }
        let sorted = progress.times.withLock { $0.sorted() }
        print(
            "\(name): \(Int(Double(measured) / (time / .seconds(1)))) claims with their commits a second, "
                + "\(atOnce) at once; a claim p50 \(microseconds(sorted[measured / 2])) us, "
                + "p99 \(microseconds(sorted[measured * 99 / 100])) us")
    }

    private static func key(_ number: Int) -> DeliveryKey { DeliveryKey(of: "wh_\(number)") }

    private static func microseconds(_ time: Duration) -> Double {
        (time / .microseconds(1) * 10).rounded() / 10
    }

    private static func residentKiB() -> Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (fields.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * 4
    }
}
