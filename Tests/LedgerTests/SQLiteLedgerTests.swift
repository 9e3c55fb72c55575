import Foundation
import OpenSenseWebhooks
import SQLiteClient
import SQLiteLedger
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What an SQLite file adds to the contract: it can be taken away, be full, and be another process's.
@Suite struct `An SQLite ledger` {
    /// A folder that goes with the test.
    final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID())").path
        var ledger: String { path + "/ledger.db" }

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    enum Fault: String, CaseIterable, CustomTestStringConvertible {
        case removed, moved, replaced, cut, logRemoved
        var testDescription: String { rawValue }

        func happen(to path: String) throws {
            let files = FileManager.default
            switch self {
            case .removed: try files.removeItem(atPath: path)
            case .moved: try files.moveItem(atPath: path, toPath: path + ".old")
            case .replaced:
                try files.copyItem(atPath: path, toPath: path + ".new")
                try files.removeItem(atPath: path)
                try files.moveItem(atPath: path + ".new", toPath: path)
            case .cut: try #require(unsafe truncate(path, 0) == 0)
            case .logRemoved: try files.removeItem(atPath: path + "-wal")
            }
        }
    }

    @Test(arguments: Fault.allCases)
    func `answers nothing once its file is not the one that others open`(_ fault: Fault) async throws {
        let folder = try Folder()
        let ledger = try SQLiteDeliveryLedger(path: folder.ledger)
        defer { ledger.close() }
        let key = DeliveryKey(of: "a")
        guard case .fresh(let ticket) = try await ledger.claim(key, leaseSeconds: 60) else {
            Issue.record("a new delivery is not fresh")
            return
        }
        try fault.happen(to: folder.ledger)
        for other in [key, DeliveryKey(of: "b")] {
            let error = await #expect(throws: StoreError.self) {
                try await ledger.claim(other, leaseSeconds: 60)
            }
            #expect(error?.kind == .unwritable)
            #expect(error?.description.contains("ledger.db") == true)
        }
        await #expect(throws: StoreError.self) { try await ledger.commit(ticket) }
    }

    @Test func `goes on when its file is put back`() async throws {
        let folder = try Folder()
        let ledger = try SQLiteDeliveryLedger(path: folder.ledger, unixSeconds: { 1_717_248_000 })
        defer { ledger.close() }
        _ = try await ledger.claim(DeliveryKey(of: "a"), leaseSeconds: 60)
        try FileManager.default.moveItem(atPath: folder.ledger, toPath: folder.ledger + ".old")
        await #expect(throws: StoreError.self) {
            try await ledger.claim(DeliveryKey(of: "a"), leaseSeconds: 60)
        }
        try FileManager.default.moveItem(atPath: folder.ledger + ".old", toPath: folder.ledger)
        #expect(try await ledger.claim(DeliveryKey(of: "a"), leaseSeconds: 60) == .inFlight)
    }

    /// Longer than the 2 s for which SQLite waited before.
    @Test func `waits for another writer`() async throws {
        let folder = try Folder()
        let ledger = try SQLiteDeliveryLedger(path: folder.ledger)
        defer { ledger.close() }
        let other = try SQLiteConnection(path: folder.ledger, create: false)
        try other.execute("BEGIN IMMEDIATE")
        async let claim = ledger.claim(DeliveryKey(of: "a"), leaseSeconds: 60)
        try await Task.sleep(for: .seconds(4))
        try other.execute("COMMIT")
        guard case .fresh = try await claim else {
            Issue.record("the claim did not wait")
            return
        }
    }

    /// A limit on the length of files stands for a small disk: the write-ahead log reaches it first.
    @Test func `goes on where emptying the log makes room on a full disk`() async throws {
        await #expect(processExitsWith: .success) {
            let folder = try Folder()
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
            _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let ledger = try SQLiteDeliveryLedger(path: folder.ledger)
            for number in 0..<400 {
                let claim = try await ledger.claim(DeliveryKey(of: "\(number)"), leaseSeconds: 60)
                guard case .fresh(let ticket) = claim else { exit(1) }
                try await ledger.commit(ticket)
            }
            ledger.close()
        }
    }
}
