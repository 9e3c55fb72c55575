import Foundation
import Testing

/// Who may read the files that a relay works with.
@Suite struct `The rights of files` {
    private func configuration(_ world: World) throws -> String {
        try world.write(
            """
            { listen: "127.0.0.1:0", store: "sqlite:\(world.path("relay.db"))",
              sources: [{ secrets: ["file:\(world.path("secret"))"] }],
              destinations: { oncall: { adapter: "pagerduty", routingKey: "file:\(world.path("key"))" } } }
            """, to: "relay.json5")
    }

    private func set(_ rights: Int, _ names: [String], _ world: World) throws {
        for name in names {
            try FileManager.default.setAttributes([.posixPermissions: rights], ofItemAtPath: world.path(name))
        }
    }

    @Test func `of a store are its owner's alone, and wider ones are warned of`() async throws {
        try await World.run { world in
            _ = try world.write(Keys.secret, to: "secret")
            _ = try world.write(Keys.routingKey, to: "key")
            try set(0o640, ["secret", "key"], world)
            let file = try configuration(world)
            let relay = try await world.relay(world.start(["serve", "--config", file]))
            for name in ["relay.db", "relay.db-wal"] {
                let rights = try FileManager.default.attributesOfItem(atPath: world.path(name))
                #expect(rights[.posixPermissions] as? Int == 0o600, "\(name)")
            }
            #expect(try await relay.stop() == .exit(0))
            #expect(!relay.program.error.contains("every user"), "\(relay.program.error)")

            let quiet = try await world.run(["check-config", file])
            #expect(quiet.end == .exit(0) && quiet.error.isEmpty, "\(quiet.error)")
            for (rights, word) in [(0o644, "read"), (0o666, "write")] {
                try set(rights, ["relay.db"], world)
                let warned = try await world.run(["check-config", file])
                #expect(warned.end == .exit(0))
                #expect(
                    warned.error.contains("store: every user of this machine can \(word)"), "\(warned.error)")
            }
        }
    }

    @Test func `of secrets are warned of where every user can read them`() async throws {
        try await World.run { world in
            _ = try world.write(Keys.secret, to: "secret")
            _ = try world.write(Keys.routingKey, to: "key")
            try set(0o644, ["secret", "key"], world)
            let file = try configuration(world)
            let warned = try await world.run(["check-config", file])
            #expect(warned.end == .exit(0))
            for path in ["sources[0].secrets[0]", "destinations.oncall.routingKey"] {
                let words = "warning: \(path): every user of this machine can read"
                #expect(warned.error.contains(words), "\(warned.error)")
            }
            let relay = try await world.relay(world.start(["serve", "--config", file]))
            #expect(
                relay.program.error.contains(
                    "event=configuration.suspicious reason=\"sources[0].secrets[0]: "))
            #expect(try await relay.stop() == .exit(0))
            let signed = try await world.run(
                ["sign", "-", "--secret-file", world.path("secret")], input: Array("{}".utf8))
            #expect(signed.end == .exit(0) && signed.error.contains("every user"), "\(signed.error)")
        }
    }
}
