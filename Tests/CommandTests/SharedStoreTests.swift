import Foundation
import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite(.enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL's server is not installed"))
struct `Relays that share a PostgreSQL` {
    /// The configuration of a relay on a database; a lease is as short as can be.
    static func configuration(_ store: String, vendor: String) -> String {
        """
        { listen: "127.0.0.1:0", store: "\(store)", leaseSeconds: 15,
          sources: [{ secrets: ["env:OPENSENSE_SECRET"] }],
          destinations: {
            oncall: { adapter: "opsgenie", apiKey: "env:OPSGENIE_API_KEY", baseURL: "\(vendor)" },
          } }
        """
    }

    /// Three relays, of which one is killed and one frozen for longer than a lease: nothing is lost, every
    /// incident's updates come in their order, and only what those two had leased is sent again.
    ///
    /// Against Opsgenie, whose pace is not limited as PagerDuty's is, and which lists its last 500 requests.
    @Test func `lose nothing and keep every order while one is killed and one is frozen`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            // Slow enough that there is always work on its way.
            try vendors.inject(#"{"vendor":"opsgenie","kind":"latency","latencyMilliseconds":20}"#)
            try await PostgreSQLServer.run(world) { server in
                let store = PostgreSQLServer.address(server)
                let file = try world.write(
                    Self.configuration(store, vendor: vendors.url), to: "relay.json5")
                var relays: [Relay] = []
                for _ in 0..<3 {
                    let program = try world.start(
                        ["serve", "--config", file], environment: World.environment(["opsgenie"], at: ""))
                    relays.append(try await world.relay(program))
                }
                let (killed, frozen) = (relays[0].program, relays[1].program)
                let sender = StubbornSender(relays)
                let answered = await sender.send(incidents: 60) { count in
                    if count == 50 { killed.signal(SIGKILL) }
                    if count == 80 { frozen.signal(SIGSTOP) }
                }
                #expect(answered == 180)
                try await Task.sleep(for: .seconds(17))
                frozen.signal(SIGCONT)
                try await vendors.incidents { incidents in
                    incidents.count == 60 && incidents.allSatisfy { $0.status == "resolved" }
                }
                // Whatever the frozen one still does, it does now.
                try await Task.sleep(for: .seconds(3))
                try self.check(vendors, relays)
                #expect(try relays[1].deliver(sender.delivery(0, 0)).code == "duplicate")
            }
        }
    }

    @Test func `report a server that is not there in one sentence, and a password is shown nowhere`()
        async throws
    {
        try await World.run { world in
            let environment = World.environment(["opsgenie"], at: "http://127.0.0.1:9")
            let store = "postgres://relay:s3cr3t@/alarms?host=\(world.folder.path)&sslpassword=s3cr3t"
            let file = try world.write(
                Self.configuration(store, vendor: "http://127.0.0.1:9"), to: "relay.json5")
            let checked = try await world.run(["check-config", file], environment: environment)
            #expect(checked.end == .exit(0))
            #expect(checked.out.contains("postgres://relay:••••@"), "\(checked.out)")
            let malformed = "postgres://relay:s3@cr3t@s3cr3t/x"
            for words in [
                ["serve", "--config", file], ["serve", "--store", store], ["serve", "--store", malformed],
                ["dead-letters", "list", "--store", store], ["check-config", file],
                [
                    "check-config",
                    try world.write(Self.configuration(malformed, vendor: "x"), to: "no.json5"),
                ],
            ] {
                let program = try world.start(words, environment: environment)
                // It may come: the relay waits for it, and says so.
                if words[0] == "serve", words.last != malformed {
                    try await eventually("it says that the server is away; \(program.error)") {
                        program.error.contains("PostgreSQL cannot be reached") ? true : nil
                    }
                    program.signal(SIGTERM)
                    #expect(try await program.end() == .exit(0))
                } else {
                    try await program.end()
                }
                let said = program.out + program.error
                #expect(!said.contains("cr3t"), "\(words[0]): \(said)")
            }
        }
    }

    private func check(_ vendors: Vendors, _ relays: [Relay]) throws {
        for incident in try vendors.incidents() {
            #expect((incident.pages, incident.status) == (1, "resolved"), "\(incident)")
        }
        let changes = try vendors.changes()
        var steps: [String: [String]] = [:]
        for change in changes {
            let channel = try #require(
                "\(change.target) \(change.body)".firstMatch(of: #/chn_[0-9]+/#).map { String($0.0) })
            let step = change.target.firstMatch(of: #/acknowledge|close/#).map { String($0.0) } ?? "create"
            if steps[channel]?.last != step { steps[channel, default: []].append(step) }
        }
        #expect(steps.count == 60)
        for (channel, steps) in steps {
            #expect(steps == ["create", "acknowledge", "close"], "\(channel)")
        }
        // Each of the two had leased at most 16 jobs.
        #expect((180...180 + 32).contains(changes.count))
        for relay in relays.dropFirst() { #expect(!relay.program.error.contains("job.dead")) }
    }
}

/// Sends like OpenSense: what is not answered 200 by one relay is sent to the next, until it is.
final class StubbornSender: Sendable {
    private let relays: [Relay]
    private let answered = Mutex(0)

    init(_ relays: [Relay]) { self.relays = relays }

    static let kinds = ["alarm_opened", "alarm_ack", "alarm_cleared"]

    /// The delivery of an incident's step.
    func delivery(_ incident: Int, _ step: Int) -> TestDelivery {
        .like(kind: Self.kinds[step], id: "wh_\(incident)_\(step)", channel: "chn_\(incident)")
    }

    /// Plays incidents from open to clear, six at a time, each step over another relay.
    ///
    /// - Returns: How many deliveries were answered 200.
    func send(incidents: Int, onAnswer: @escaping @Sendable (Int) -> Void) async -> Int {
        let next = Mutex(0)
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let working = Mutex(6)
            for _ in 0..<6 {
                // On separate threads: they block.
                Thread.detachNewThread { [self] in
                    while true {
                        let incident = next.withLock { number in
                            defer { number += 1 }
                            return number
                        }
                        guard incident < incidents else { break }
                        for step in 0..<3 where deliver(incident, step) {
                            onAnswer(
                                answered.withLock { count in
                                    count += 1
                                    return count
                                })
                        }
                    }
                    let left = working.withLock { count in
                        count -= 1
                        return count
                    }
                    if left == 0 { done.resume() }
                }
            }
        }
        return answered.withLock { $0 }
    }

    private func deliver(_ incident: Int, _ step: Int) -> Bool {
        for attempt in 0..<60 {
            let relay = relays[(incident + step + attempt) % relays.count]
            if let request = try? delivery(incident, step).request(),
                let connection = try? Connection(port: relay.port, receiveSeconds: 1)
            {
                connection.send(request.bytes)
                if let answer = try? connection.answer(), answer.status == 200 { return true }
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return false
    }
}
