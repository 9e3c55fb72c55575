import Foundation
import Testing

@Suite struct `A backup` {
    @Test func `of a store under a busy relay has every delivery that was acknowledged before it`()
        async throws
    {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let before = (1...40).map { "wh_before_\($0)" }
            for (index, id) in before.enumerated() {
                #expect(try relay.deliver(.like(id: id, channel: "chn_\(index)")).status == 200)
            }
            let copy = world.path("copy.db")
            let backup = try world.start(["backup", copy, "--store", "sqlite:\(world.path("relay.db"))"])
            var number = 0
            repeat {
                number += 1
                let answer = try relay.deliver(.like(id: "wh_meanwhile_\(number)", channel: "m_\(number)"))
                #expect(answer.status == 200, "the relay goes on")
            } while backup.isRunning
            #expect(try await backup.end() == .exit(0), "\(backup.error)")
            #expect(backup.out.contains(" deliveries, "), "\(backup.out)")
            #expect(try relay.deliver(.like(id: "wh_after", channel: "after")).status == 200)
            #expect(try await relay.stop() == .exit(0))
            let attributes = try FileManager.default.attributesOfItem(atPath: copy)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try leftBehind(world).isEmpty)

            let words = ["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:\(copy)"]
            let second = try await world.relay(
                world.start(words, environment: World.environment(at: "http://127.0.0.1:9")))
            for (index, id) in before.enumerated() {
                let answer = try second.deliver(.like(id: id, channel: "chn_\(index)"))
                #expect(answer.code == "duplicate", "\(id)")
            }
            #expect(try second.deliver(.like(id: "wh_after", channel: "after")).code == "accepted")
            #expect(try await second.stop() == .exit(0))
        }
    }

    @Test func `takes the place of no file, and says why it is not made`() async throws {
        try await World.run { world in
            let store = world.path("relay.db")
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            #expect(try relay.deliver(.documented).status == 200)
            let there = try world.write("mine", to: "there.db")
            for (file, code, word) in [
                (there, 64, "is there already"), (store, 64, "belongs to the store"),
                (store + "-wal", 64, "belongs to the store"),
                (world.path("./relay.db-journal"), 64, "belongs to the store"),
                (world.path("no/folder.db"), 66, "folder"),
            ] {
                let result = try await world.run(["backup", file, "--store", "sqlite:\(store)"])
                #expect(result.end == .exit(Int32(code)), "\(file): \(result.error)")
                #expect(result.error.contains(word), "\(result.error)")
            }
            #expect(try String(contentsOfFile: there, encoding: .utf8) == "mine")
            let missing = try await world.run([
                "backup", world.path("c.db"), "--store", "sqlite:\(store)x",
            ])
            #expect(missing.end == .exit(66))
            let memory = try await world.run(["backup", world.path("c.db"), "--store", "memory:"])
            #expect(memory.end == .exit(69))
            let full = try world.start(
                ["backup", world.path("c.db"), "--store", "sqlite:\(store)"], environment: [:],
                fileBlocksMax: 16)
            #expect(try await full.end() == .exit(69), "\(full.error)")
            #expect(!FileManager.default.fileExists(atPath: world.path("c.db")))
            #expect(try leftBehind(world).isEmpty)
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `of PostgreSQL is its own tool's, without a password`() async throws {
        try await World.run { world in
            let store = "postgres://relay:s3cret@db/alarms?sslmode=require&password=other"
            let result = try await world.run(["backup", "it's.dump", "--store", store])
            #expect(result.end == .exit(1))
            #expect(
                result.out
                    == "pg_dump --format=custom --file='it'\\''s.dump' "
                    + "--dbname='postgres://relay@db/alarms?sslmode=require'\n")
            #expect(!result.error.contains("s3cret"))
        }
    }

    /// Files that a copy began and did not end.
    private func leftBehind(_ world: World) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: world.folder.path).filter {
            $0.contains(".part")
        }
    }
}
