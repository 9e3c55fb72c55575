import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `The store's configuration` {
    /// The faults of a file with nothing but these settings, as far as they concern one of them.
    private func faults(_ settings: String, of name: String) -> [String] {
        do throws(ConfigurationFaults) {
            _ = try Configuration(text: Array("{ \(settings) }".utf8), adapters: [])
            return []
        } catch { return error.faults.filter { $0.path == name }.map(\.message) }
    }

    @Test(arguments: [
        ("sqlite:relay.db", true), ("memory:", true), ("postgres://relay@db/alarms", true),
        ("postgresql:///alarms?host=/run/postgresql", true), ("postgres://relay:s3@cr3t@db/alarms", false),
        ("postgres:alarms", false), ("mysql://db", false), ("", false), ("sqlite:./file:a.db", true),
        ("sqlite::memory:", false), ("sqlite:file:a.db?mode=memory", false), ("sqlite::", false),
        ("sqlite:", false), ("sqlite: ", false), ("sqlite:file::memory:?cache=shared", false),
    ]) func `names SQLite, PostgreSQL or memory`(_ row: (store: String, isRight: Bool)) {
        let found = faults("store: \"\(row.store)\"", of: "store")
        #expect(found.isEmpty == row.isRight, "\(found)")
        #expect(!found.description.contains("cr3t"))
        // A person who means memory reads how that is written.
        if !row.isRight { #expect(row.store.hasPrefix("postgres") || found[0].contains("memory:")) }
    }

    @Test(arguments: [(14, false), (15, true), (600, true), (601, false), (-1, false)])
    func `has leases of 15 to 600 s`(_ row: (seconds: Int, isRight: Bool)) {
        #expect(faults("leaseSeconds: \(row.seconds)", of: "leaseSeconds").isEmpty == row.isRight)
    }

    @Test func `has leases of 60 s by default`() {
        let configuration = Configuration(store: .memory, sources: [], destinations: [], routes: [])
        #expect(configuration.leaseSeconds == 60)
    }

    @Test(arguments: [
        ("0", false), ("1", true), ("3650", true), ("3651", false), ("1.5", false), ("\"1\"", false),
    ])
    func `keeps history for 1 to 3,650 days`(_ row: (days: String, isRight: Bool)) {
        let settings = "retention: { historyDays: \(row.days) }"
        #expect(faults(settings, of: "retention.historyDays").isEmpty == row.isRight)
    }

    @Test func `names what is wrong with the retention by line and column`() {
        let text = "{\n  retention: { historyDays: 0, historydays: 1 } }"
        do throws(ConfigurationFaults) {
            _ = try Configuration(text: Array(text.utf8), adapters: [])
        } catch {
            let found = error.faults.filter { $0.path.hasPrefix("retention") }.map {
                "\($0.line ?? 0):\($0.column ?? 0) \($0.path): \($0.message)"
            }
            #expect(
                found.sorted() == [
                    "2:29 retention.historyDays: Expected 1 to 3650 days.",
                    "2:32 retention.historydays: There is no setting \"historydays\"; did you mean "
                        + "\"historyDays\"?",
                ])
        }
    }

    /// A replay within the tolerance has to be known as one, and history never goes before its ids.
    @Test func `keeps ids for a day, and longer where a source's tolerance asks for it`() throws {
        let secret = try Secret("a secret of some length")
        var configuration = Configuration(
            store: .memory, sources: [SourceConfiguration(secrets: [secret])], destinations: [], routes: [])
        #expect(configuration.retention == Retention())
        configuration.historyDays = 2
        configuration.sources[0].tolerance = try TimestampTolerance(seconds: 86_400)
        #expect(configuration.retention.ledgerSeconds == 27_335 + 2 * 86_400)
        #expect(configuration.retention.historySeconds == 2 * 86_400)
    }
}
