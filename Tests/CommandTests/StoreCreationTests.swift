import Foundation
import Testing

/// A relay that is killed while it makes its store.
@Suite struct `A store that is being made` {
    /// The file that is there when the relay is killed: the store before it has its name, and with it.
    @Test(arguments: ["relay.db.new", "relay.db"])
    func `is none or a whole one when its relay is killed`(_ file: String) async throws {
        try await World.run { world in
            let environment = World.environment(at: "http://127.0.0.1:9")
            let store = world.path("relay.db")
            let files = FileManager.default
            // How soon after the file: the sync of the folder comes at once, and those of its parts before.
            for microseconds in stride(from: UInt32(0), to: 4_000, by: 500) {
                let program = try world.start(world.serveWords, environment: environment)
                while ![world.path(file), store].contains(where: { files.fileExists(atPath: $0) }),
                    program.isRunning
                {
                    usleep(20)
                }
                usleep(microseconds)
                try await program.killAtOnce()
                if files.fileExists(atPath: store) {
                    let listed = try await world.run(["deliveries", "list", "--store", "sqlite:\(store)"])
                    #expect(listed.end == .exit(0), "\(listed.error)")
                }
                let relay = try await world.relay(at: "http://127.0.0.1:9")
                #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
                #expect(try await relay.stop() == .exit(0))
                for end in ["", "-wal", "-shm", ".new"] where files.fileExists(atPath: store + end) {
                    try files.removeItem(atPath: store + end)
                }
            }
        }
    }
}
