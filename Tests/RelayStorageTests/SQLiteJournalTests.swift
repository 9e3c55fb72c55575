import FoundationEssentials
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

@Suite struct `SQLite journal` {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/relay.db"
    }

    @Test func `what was accepted is there after a restart, and jobs on their way are due again`()
        async throws
    {
        var journal = try SQLiteJournal(path: path, now: .at(0))
        _ = try await journal.accept(.of(1))
        _ = try await journal.lease(10, now: 0)
        #expect(try await journal.lease(10, now: 0).jobs.isEmpty)
        journal.close()
        journal = try SQLiteJournal(path: path, now: .at(5))
        defer { journal.close() }
        #expect(try await journal.accept(.of(1)) == .duplicate(sequence: 1))
        #expect(try await journal.lease(10, now: 5).jobs.count == 1)
    }

    @Test func `the ledger knows every delivery, in memory or in its table, also after restarts`()
        async throws
    {
        let count = 40_000
        var journal = try SQLiteJournal(path: path, now: .at(0))
        for number in 0..<count {
            var acceptance = try Acceptance.of(number)
            acceptance.content = .record(.unrouted)
            if number % 1_000 == 999 {
                _ = try await journal.accept(acceptance)
            } else {
                journal.submit(.accept(acceptance)) { _ in }
            }
            if number == 25_000 {
                journal.close()
                journal = try SQLiteJournal(path: path, now: .at(0))
            }
        }
        journal.close()
        journal = try SQLiteJournal(path: path, now: .at(0))
        defer { journal.close() }
        for number in stride(from: 0, to: count, by: 7) {
            let outcome = try await journal.accept(.of(number))
            guard case .duplicate(let sequence) = outcome, sequence == number + 1 else {
                Issue.record("delivery \(number) was forgotten: \(outcome)")
                return
            }
        }
    }

    @Test func `the ledger holds after everything old has been pruned`() async throws {
        let day = 86_400_000
        var journal = try SQLiteJournal(path: path, now: .at(0))
        for number in 0..<20_000 {
            var acceptance = try Acceptance.of(number)
            acceptance.content = .record(.unrouted)
            journal.submit(.accept(acceptance)) { _ in }
        }
        _ = try await journal.prune(now: 0)
        #expect(try await journal.prune(now: 31 * day, running: 31 * day) > 0)
        while try await journal.prune(now: 31 * day) > 0 {}
        #expect(try await journal.summary().deliveries == 1)
        _ = try await journal.accept(.of(30_000, receivedAt: 31 * day))
        journal.close()
        journal = try SQLiteJournal(path: path, now: .at(31 * day))
        defer { journal.close() }
        guard case .duplicate = try await journal.accept(.of(30_000)) else {
            Issue.record("a delivery was forgotten")
            return
        }
    }

    @Test func `a second relay is kept off the store, until the first has closed it`() throws {
        let first = try SQLiteJournal(path: path, now: .at(0))
        #expect { try SQLiteJournal(path: path, now: .at(0)) } throws: { ($0 as? StoreError)?.kind == .inUse }
        first.close()
        _ = first
    }

    @Test func `a store of a newer version is refused in words`() throws {
        try SQLiteJournal(path: path, now: .at(0)).close()
        try patch(at: 60, with: [0, 0, 0, 99])  // user_version in SQLite's header
        #expect { try SQLiteJournal(path: path, now: .at(0)) } throws: { error in
            let error = error as? StoreError
            return error?.kind == .newerVersion && error?.description.contains("version 99") == true
        }
    }

    @Test func `a file that is no store is refused in words`() throws {
        try Data(Array("this is not a database, but it is long enough to be taken for one".utf8))
            .write(to: URL(filePath: path))
        #expect { try SQLiteJournal(path: path, now: .at(0)) } throws: {
            ($0 as? StoreError)?.kind == .damaged
        }
    }

    @Test func `a folder that is not there is refused in words`() {
        #expect { try SQLiteJournal(path: path + "/no/such/folder", now: .at(0)) } throws: {
            ($0 as? StoreError)?.kind == .unwritable
        }
    }

    private func patch(at offset: Int, with bytes: [UInt8]) throws {
        var data = try Data(contentsOf: URL(filePath: path))
        for (index, byte) in bytes.enumerated() { data[offset + index] = byte }
        try data.write(to: URL(filePath: path))
    }
}
