import Foundation
import Testing

/// What people do to the file of a store while a relay runs on it.
@Suite struct `A store's file` {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Run in the folder of the store.
        let harm: String
        /// What makes it well again; nil where only a restart does.
        var mend: String?
    }

    static let rows = [
        Row(testDescription: "is removed", harm: "rm relay.db"),
        Row(testDescription: "is moved", harm: "mv relay.db other.db", mend: "mv other.db relay.db"),
        Row(testDescription: "is replaced", harm: "cp relay.db copy.db; mv copy.db relay.db"),
        Row(testDescription: "is emptied", harm: "truncate -s 0 relay.db"),
        Row(testDescription: "is cut", harm: "truncate -s 8192 relay.db"),
        Row(testDescription: "has its log emptied", harm: "truncate -s 0 relay.db-wal"),
        Row(
            testDescription: "has its log emptied, and the next commit makes it long again",
            harm:
                "bytes=$(stat -c %s relay.db-wal); truncate -s 0 relay.db-wal; truncate -s $bytes relay.db-wal"
        ),
        Row(testDescription: "loses its log", harm: "rm relay.db-wal"),
        Row(testDescription: "and its log are removed", harm: "rm relay.db relay.db-wal relay.db-shm"),
    ]

    @Test func `that is empty is not taken for a new one`() async throws {
        try await World.run { world in
            try await harm(world, "touch relay.db; echo left > relay.db.new")
            let environment = World.environment(at: "http://127.0.0.1:9")
            let refused = try await world.run(world.serveWords, environment: environment)
            #expect(refused.end == .exit(78), "\(refused)")
            #expect(refused.error.contains("is empty, and a store never is"), "\(refused.error)")
            try await harm(world, "rm relay.db")
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
            #expect(try await relay.stop() == .exit(0))
            try await harm(world, "test ! -e relay.db.new; test $(stat -c %a relay.db) = 600")
        }
    }

    @Test func `that is gone holds up nothing that was accepted`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            try vendors.inject(#"{"vendor":"*","kind":"status","status":503}"#)
            #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
            try await eventually("it is tried") { try vendors.changes().isEmpty ? nil : true }
            try await harm(world, "rm relay.db relay.db-wal")
            #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 429)
            try vendors.clearFaults()
            // It may have been tried often meanwhile, and waits longer after each time.
            let incidents = try await eventually("it is sent", withinSeconds: 120) {
                let incidents = try vendors.incidents()
                return incidents.isEmpty ? nil : incidents
            }
            #expect(incidents.map(\.pages) == [1])
            #expect(relay.program.error.contains("a restart would begin an empty store"))
            relay.program.signal(SIGKILL)
            try await relay.program.end()
        }
    }

    @Test func `is missed when the symbolic link to it leads elsewhere`() async throws {
        try await World.run { world in
            try await harm(world, "mkdir f; ln -s f/real.db relay.db")
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
            try await harm(world, "rm relay.db")
            #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 429)
            try await harm(world, "ln -s f/real.db relay.db")
            #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 200)
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")))
    func `can be made compact under the relay`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            for number in 1...5 {
                #expect(try relay.deliver(.like(id: "wh_\(number)", channel: "chn_\(number)")).status == 200)
            }
            try await harm(
                world,
                """
                python3 -c 'import sqlite3; c = sqlite3.connect("relay.db", isolation_level=None)
                c.execute("PRAGMA wal_checkpoint(TRUNCATE)"); c.execute("VACUUM")
                c.execute("PRAGMA wal_checkpoint(TRUNCATE)")'
                """)
            #expect(try relay.deliver(.like(id: "wh_6", channel: "chn_6")).status == 200)
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `is shorter when it was made compact, and the relay goes on`() async throws {
        try await World.run { world in
            let store = "sqlite:\(world.path("relay.db"))"
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            for number in 1...5 {
                #expect(try relay.deliver(.like(id: "wh_\(number)", channel: "chn_\(number)")).status == 200)
            }
            try await harm(
                world,
                """
                python3 -c 'import sqlite3; c = sqlite3.connect("relay.db", isolation_level=None)
                c.execute("CREATE TABLE bulk AS SELECT zeroblob(4000000) AS zeros"); c.execute("DROP TABLE bulk")'
                """)
            let result = try await world.run(["store", "compact", "--store", store])
            #expect(result.end == .exit(0), "\(result.error)")
            let sizes = result.out.matches(of: #/([0-9]+) bytes/#).compactMap { Int($0.1) }
            #expect(sizes.count == 2 && sizes[0] - (sizes.last ?? 0) > 3_000_000, "\(result.out)")
            for number in 5...6 {
                let answer = try relay.deliver(.like(id: "wh_\(number)", channel: "chn_\(number)"))
                #expect(answer.code == (number == 5 ? "duplicate" : "accepted"))
            }
            #expect(try await relay.stop() == .exit(0))
            let foreign = try await world.run([
                "store", "compact", "--store", "sqlite:\(try world.write("text", to: "t"))",
            ])
            #expect(foreign.end == .exit(69))
            let server = try await world.run(["store", "compact", "--store", "postgres://relay@db/alarms"])
            #expect(server.end == .exit(0))
            #expect(server.out.contains("autovacuum"))
        }
    }

    @Test(arguments: rows) func `is missed before the next delivery is answered 200`(_ row: Row) async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
            try await harm(world, row.harm)
            for number in 2...4 {
                let answer = try relay.deliver(.like(id: "wh_\(number)", channel: "chn_\(number)"))
                #expect((answer.status, answer.code) == (429, "store-unavailable"))
            }
            try await eventually("the readiness is what it is") {
                try relay.get("/readyz").status == 503 ? true : nil
            }
            #expect(relay.program.error.contains("relay.db"))
            if let mend = row.mend {
                try await harm(world, mend)
                let answer = try relay.deliver(.like(id: "wh_4", channel: "chn_4"))
                #expect(answer.status == 200, "the sender has tried again")
                try await vendors.incidents { $0.contains { $0.key.contains("chn_4") } }
            }
            relay.program.signal(SIGKILL)
            try await relay.program.end()
        }
    }

    @Test(arguments: [
        "ln -s relay.db other.db", "ln relay.db other.db", "mkdir f; ln -s ../relay.db f/other.db",
    ])
    func `is one relay's, by whichever name`(_ link: String) async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            try await harm(world, link)
            let other = world.path(link.hasPrefix("mkdir") ? "f/other.db" : "other.db")
            let words = ["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:\(other)"]
            let second = try world.start(words, environment: World.environment(at: "http://127.0.0.1:9"))
            #expect(try await second.end() == .exit(69))
            #expect(second.error.contains("Another relay is running on this store"), "\(second.error)")
            #expect(try relay.deliver(.documented).status == 200, "the first one goes on")
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `can have another name when no other relay runs on it`() async throws {
        try await World.run { world in
            let first = try await world.relay(at: "http://127.0.0.1:9")
            #expect(try first.deliver(.documented).status == 200)
            #expect(try await first.stop() == .exit(0))
            try await harm(world, "ln relay.db copy-of-a-backup.db; ln -s relay.db link.db")
            let words = ["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:\(world.path("link.db"))"]
            let second = try await world.relay(
                world.start(words, environment: World.environment(at: "http://127.0.0.1:9")))
            #expect(try second.deliver(.documented).code == "duplicate")
            #expect(try await second.stop() == .exit(0))
        }
    }

    private func harm(_ world: World, _ script: String) async throws {
        let program = try world.run(
            shell: "cd '\(world.path(""))' && \(script)", environment: ["PATH": "/usr/bin:/bin"])
        #expect(try await program.end() == .exit(0), "\(program.error)")
    }
}
