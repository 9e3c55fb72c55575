import Foundation
import Testing

@Suite struct `A relay that cannot start says why in one sentence` {
    /// The sentence after the program's name, when there is one and no more.
    private func sentence(_ error: String) -> String? {
        let lines = error.split(separator: "\n")
        guard lines.count == 1, lines[0].hasPrefix("opensense-relay: ") else { return nil }
        return String(lines[0].dropFirst("opensense-relay: ".count))
    }

    @Test func `a port in use is 69 and named`() async throws {
        try await World.run { world in
            let port = try ReservedPort()
            port.listenOnIt()
            let words = ["serve", "--listen", "127.0.0.1:\(port.number)", "--store", "memory:"]
            let ended = try await world.run(words, environment: World.environment(at: "http://127.0.0.1:9"))
            #expect(ended.end == .exit(69))
            let sentence = sentence(ended.error)
            #expect(sentence?.contains("127.0.0.1:\(port.number)") == true, "\(ended.error)")
            #expect(sentence?.contains("taken") == true, "\(ended.error)")
            let sandbox = try await world.run(["sandbox", "--listen", "127.0.0.1:\(port.number)"])
            #expect(sandbox.end == .exit(69))
        }
    }

    @Test func `a store whose folder cannot be made is 69`() async throws {
        try await World.run { world in
            let file = try world.write("a file, not a folder", to: "file")
            for path in ["\(file)/relay.db", "\(file)/deeper/relay.db"] {
                let words = ["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:\(path)"]
                let ended = try await world.run(
                    words, environment: World.environment(at: "http://127.0.0.1:9"))
                #expect(ended.end == .exit(69), "\(path)")
                let sentence = sentence(ended.error)
                #expect(sentence?.contains(path) == true, "\(ended.error)")
                #expect(sentence?.contains("--store") == true, "\(ended.error)")
            }
        }
    }

    /// Four bytes of a SQLite header: which they are, what they become, and what is said then.
    static let headers: [(offset: Int, bytes: [UInt8], words: String)] = [
        (60, [0, 0, 3, 231], "version 999"),  // the user version
        (68, [1, 2, 3, 4], "no store of this program"),  // the application's id
    ]

    @Test(arguments: headers)
    func `a store of a newer version or of another program is 78, and is left as it is`(
        _ row: (offset: Int, bytes: [UInt8], words: String)
    ) async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            #expect(try relay.deliver(.documented).status == 200)
            #expect(try await relay.stop() == .exit(0))
            let file = URL(filePath: world.path("relay.db"))
            var bytes = try Data(contentsOf: file)
            bytes.replaceSubrange(row.offset..<row.offset + 4, with: row.bytes)
            // Without a write-ahead log, as most databases are: that, too, is not for us to change.
            bytes.replaceSubrange(18..<20, with: [1, 1])
            try bytes.write(to: file)
            let ended = try await world.run(
                world.serveWords, environment: World.environment(at: "http://127.0.0.1:9"))
            #expect(ended.end == .exit(78))
            #expect(sentence(ended.error)?.contains(row.words) == true, "\(ended.error)")
            #expect(try Data(contentsOf: file) == bytes)
        }
    }

    @Test(arguments: ["this is no database at all, but it is long enough to be looked at: ", "x"])
    func `a store that is no database is 78, and is left as it is`(_ text: String) async throws {
        try await World.run { world in
            let text = String(repeating: text, count: 100)
            let file = try world.write(text, to: "relay.db")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            let ended = try await world.run(
                world.serveWords, environment: World.environment(at: "http://127.0.0.1:9"))
            #expect(ended.end == .exit(78))
            let sentence = sentence(ended.error)
            #expect(sentence?.contains(file) == true, "\(ended.error)")
            #expect(sentence?.contains("PRAGMA") == false, "\(ended.error)")
            #expect(sentence?.contains("Keep a copy") == true, "\(ended.error)")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        }
    }

    @Test func `a second relay on the same store is 69, and the first goes on`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let ended = try await world.run(
                world.serveWords, environment: World.environment(at: "http://127.0.0.1:9"))
            #expect(ended.end == .exit(69))
            #expect(sentence(ended.error)?.contains("Another relay") == true, "\(ended.error)")
            #expect(try relay.deliver(.documented).code == "accepted")
        }
    }

    @Test func `without an environment it is 78, and everything that is missing is named`() async throws {
        try await World.run { world in
            let nothing = try await world.run(world.serveWords)
            #expect(nothing.end == .exit(78))
            #expect(nothing.error.contains("OPENSENSE_SECRET"))
            #expect(nothing.error.contains("PAGERDUTY_ROUTING_KEY"))
            #expect(nothing.error.contains("OPSGENIE_API_KEY"))
            #expect(!nothing.error.contains("1:1"), "there is no file, so there is no line")
            let secretOnly = try await world.run(
                world.serveWords, environment: ["OPENSENSE_SECRET": Keys.secret])
            #expect(secretOnly.end == .exit(78))
            #expect(secretOnly.error.contains("PAGERDUTY_ROUTING_KEY"))
            #expect(!Keys.isIn(secretOnly.error))
        }
    }

    static let faulty = """
        {
          lisen: "127.0.0.1:0",
          sources: [{ secrets: ["env:NOT_SET", "\(Keys.secret)"], toleranceSeconds: -1 }],
          destinations: { oncall: { adapter: "pagerdtuy", routingKey: "env:KEY" } },
          routes: [{ to: ["onkall"] }],
        }
        """

    @Test(arguments: ["serve", "check-config"])
    func `a configuration with several faults is 78, and every fault has its place`(_ command: String)
        async throws
    {
        try await World.run { world in
            let file = try world.write(Self.faulty, to: "relay.json5")
            let words = command == "serve" ? world.serveWords + ["--config", file] : ["check-config", file]
            let ended = try await world.run(words)
            #expect(ended.end == .exit(78))
            for place in ["2:3:", "3:25:", "3:40:", "3:89:", "4:38:", "5:19:"] {
                #expect(ended.error.contains("\(file):\(place) "), "\(place) is not in \(ended.error)")
            }
            #expect(ended.error.contains("\"listen\""))
            #expect(ended.error.contains("\"pagerduty\""))
            #expect(!Keys.isIn(ended.out + ended.error))
        }
    }
}
