import OpenSenseRelay
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
}
