import Foundation
import Testing

@Suite struct `A destination in trouble` {
    /// The store.
    @Test(arguments: World.stores)
    func `that is down hands an alarm over after the time, and it closes at both`(_ kind: String) async throws
    {
        try await World.run { world in
            try await world.withStore(kind) { try await handOver(world, $0) }
        }
    }

    private func handOver(_ world: World, _ store: String) async throws {
        let vendors = try await world.vendors()
        // The pager has the alarm, and nothing hears that it does.
        try vendors.inject(#"{"vendor":"pagerduty","kind":"drop","afterProcessing":true}"#)
        let backup = #"failover: "backup", failoverAfterSeconds: 30"#
        let relay = try await world.relay(
            destinations: "pager: \(World.pager(vendors, backup)), backup: \(World.chat(vendors))",
            more: #"routes: [{ to: ["pager"] }]"#, store: store)
        let start = ContinuousClock.now
        #expect(try relay.deliver(AlarmEvent(id: "wh_1", times: ["opened_at": -600])) == "accepted")
        try await eventually("the backup has it", withinSeconds: 90) {
            try vendors.incidents(of: "opsgenie").isEmpty ? nil : true
        }
        #expect(ContinuousClock.now - start >= .seconds(29))
        let clear = AlarmEvent(
            kind: "alarm_cleared", id: "wh_2", times: ["opened_at": -600, "cleared_at": 0])
        #expect(try relay.deliver(clear) == "accepted")
        try vendors.heal()
        try await eventually("it is over at both", withinSeconds: 90) {
            try vendors.incidents().allSatisfy { $0.status == "resolved" } ? true : nil
        }
        #expect(try vendors.incidents().map(\.pages) == [1, 1])
        // An attempt that was on its way when the backup got it ends like the others: the pager has it
        // already.
        let states = try await DeskCommands.states(of: "wh_1", in: world, store)
        #expect(states.contains("taken-over") || Set(states).count == 1, "\(states)")
        #expect(!relay.program.error.contains("store.failed"))
    }

    @Test func `that refuses its key has the alarm when the key is right again`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":401}"#)
            let relay = try await world.relay(destinations: "pager: \(World.pager(vendors))")
            #expect(try relay.deliver(AlarmEvent(id: "wh_1")) == "accepted")
            try await eventually("it was refused twice") { try vendors.changes().count >= 2 ? true : nil }
            #expect(!relay.program.error.contains("job.dead"))
            try vendors.heal()
            try await vendors.incidents { $0.map(\.pages) == [1] }
        }
    }

    /// The store.
    @Test(arguments: World.stores)
    func `that refuses its key hands an alarm over at once`(_ kind: String) async throws {
        try await World.run { world in
            try await world.withStore(kind) { try await handOverAtOnce(world, $0) }
        }
    }

    private func handOverAtOnce(_ world: World, _ store: String) async throws {
        let vendors = try await world.vendors()
        try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":401}"#)
        let backup = #"failover: "backup""#
        let relay = try await world.relay(
            destinations: "pager: \(World.pager(vendors, backup)), backup: \(World.chat(vendors))",
            more: #"routes: [{ to: ["pager"] }]"#, store: store)
        #expect(try relay.deliver(AlarmEvent(id: "wh_1")) == "accepted")
        try await vendors.incidents { $0.map(\.vendor) == ["opsgenie"] }
        // Nothing of it arrived at the pager: it is the backup's alone.
        try await eventually("the backup's is known to have arrived") {
            relay.program.error.contains("job.delivered") ? true : nil
        }
        try vendors.heal()
        #expect(try relay.deliver(AlarmEvent(kind: "alarm_cleared", id: "wh_2")) == "accepted")
        try await vendors.incidents { $0.map(\.status) == ["resolved"] }
        #expect(try await DeskCommands.states(of: "wh_1", in: world, store).contains("taken-over"))
    }

    @Test func `whose password is a list uses the next one where the first is refused`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            try vendors.inject(#"{"vendor":"opsgenie","kind":"status","status":401,"nextRequests":1}"#)
            let relay = try await world.relay(
                destinations: #"chat: \#(World.chat(vendors, key: #"["env:NEW", "env:API_KEY"]"#))"#,
                environment: ["NEW": "not-active-yet"])
            #expect(try relay.deliver(AlarmEvent(id: "wh_1")) == "accepted")
            try await vendors.incidents { $0.map(\.pages) == [1] }
            #expect(!relay.program.error.contains("job.retried"))
        }
    }

    @Test func `whose routing key changes closes what the old key opened`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let keys = ["NEW": String(Keys.routingKey.reversed()), "OLD": Keys.routingKey]
            let first = try await world.relay(
                destinations: "pager: \(World.pager(vendors, key: #""env:OLD""#))", environment: keys)
            #expect(
                try first.deliver(AlarmEvent(id: "wh_1", channel: "a", times: ["opened_at": -600]))
                    == "accepted")
            try await vendors.incidents { $0.count == 1 }
            #expect(try await first.stop() == .exit(0))
            let second = try await world.relay(
                destinations: "pager: \(World.pager(vendors, key: #"["env:NEW", "env:OLD"]"#))",
                environment: keys)
            #expect(try second.deliver(AlarmEvent(id: "wh_2", channel: "b")) == "accepted")
            let clear = AlarmEvent(
                kind: "alarm_cleared", id: "wh_3", channel: "a", times: ["opened_at": -600, "cleared_at": 0])
            #expect(try second.deliver(clear) == "accepted")
            let incidents = try await vendors.incidents {
                $0.contains { $0.status == "resolved" } && $0.count == 2
            }
            #expect(incidents.map(\.status) == ["resolved", "triggered"])
            #expect(incidents.map(\.credentialEnd) == ["3rs0", "TU0R"])
        }
    }

    @Test func `whose address nothing can be sent to has a dead letter at once`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:99999999")
            #expect(try relay.deliver(.documented).code == "accepted")
            try await eventually("it is a dead letter; \(relay.program.error)") {
                relay.program.error.contains("job.dead") ? true : nil
            }
            #expect(relay.program.error.contains("request-invalid"))
            #expect(!relay.program.error.contains("job.retried"))
        }
    }

    @Test func `of its pace sends an alarm before the remarks that wait`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            // A key that takes change events, which is what remarks are.
            let relay = try await world.relay(
                destinations: "pager: \(World.pager(vendors, key: #""env:CHANGES""#))",
                environment: ["CHANGES": String(Keys.routingKey.reversed())])
            for number in 1...150 {
                #expect(
                    try relay.deliver(AlarmEvent(kind: "report_ready", id: "wh_\(number)", times: [:]))
                        == "accepted")
            }
            let sentBefore = try vendors.changes().count
            let start = Date().timeIntervalSince1970
            #expect(try relay.deliver(AlarmEvent(id: "wh_alarm")) == "accepted")
            try await vendors.incidents { $0.count == 1 }
            let requests = try vendors.changes()
            let place = try #require(requests.firstIndex { $0.body.contains("trigger") })
            print(
                "\(sentBefore) of 150 remarks were sent; the alarm was request \(place - sentBefore + 1) after them, "
                    + "\(Int((requests[place].at - start) * 1_000)) ms after it came")
            #expect((10..<140).contains(sentBefore), "the pace was not used up, so the test shows nothing")
            #expect(place - sentBefore < 5)
            relay.program.signal(SIGKILL)
        }
    }
}

@Suite struct `A dead letter` {
    @Test func `whose alarm another destination has says so, and is left out of a retry of all`() async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":400}"#)
            let relay = try await world.relay(
                destinations: """
                    pager: \(World.pager(vendors, #"failover: "backup""#)), backup: \(World.chat(vendors)),
                    other: \(World.pager(vendors))
                    """,
                more: #"routes: [{ kinds: ["alarm_*"], to: ["pager"] }, { to: ["other"] }]"#)
            #expect(try relay.deliver(AlarmEvent(id: "wh_1")) == "accepted")
            #expect(try relay.deliver(AlarmEvent(kind: "device_offline", id: "wh_2")) == "accepted")
            try await eventually("the backup has it; \(relay.program.error)") {
                relay.program.error.contains("job.delivered") ? true : nil
            }
            try await eventually("both are refused") {
                relay.program.error.split(separator: "\n").count { $0.contains("job.dead") } == 2 ? true : nil
            }
            let letters = try await `The commands on a store`.rows("dead-letters", "list", in: world)
            #expect(
                Dictionary(uniqueKeysWithValues: letters.map { ($0["destination"], $0["takenOverBy"]) })
                    == ["pager": "backup", "other": "<null>"], "\(letters)")
            let store = ["--store", "sqlite:\(world.path("relay.db"))"]
            let shown = try await world.run(["dead-letters", "list"] + store)
            #expect(shown.out.contains("by backup"), "\(shown.out)")
            try vendors.heal()
            let retried = try await world.run(["dead-letters", "retry", "--all"] + store)
            #expect(retried.error.contains("left out: taken over by backup"), "\(retried.error)")
            try await eventually("the other one is sent") {
                try vendors.incidents(of: "pagerduty").count == 1 ? true : nil
            }
            #expect(
                `The commands on a store`.text(
                    try await `The commands on a store`.rows("dead-letters", "list", in: world), "destination"
                )
                    == ["pager"])
        }
    }

    /// The store.
    @Test(arguments: World.stores)
    func `is what waits for a destination that is gone, once a person gives it up`(_ kind: String)
        async throws
    {
        try await World.run { world in try await world.withStore(kind) { try await giveUp(world, $0) } }
    }

    private func giveUp(_ world: World, _ store: String) async throws {
        let vendors = try await world.vendors()
        try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":503}"#)
        let first = try await world.relay(
            destinations: "pager: \(World.pager(vendors)), chat: \(World.chat(vendors))", store: store)
        #expect(try first.deliver(AlarmEvent(id: "wh_1", times: ["opened_at": -600])) == "accepted")
        try await eventually("the pager fails") { first.program.error.contains("job.retried") ? true : nil }
        try await vendors.incidents { $0.map(\.vendor) == ["opsgenie"] }
        #expect(try await first.stop() == .exit(0))
        let second = try await world.relay(destinations: "chat: \(World.chat(vendors))", store: store)
        #expect(second.program.error.contains("destination.gone"))
        let clear = AlarmEvent(
            kind: "alarm_cleared", id: "wh_2", times: ["opened_at": -600, "cleared_at": 0])
        #expect(try second.deliver(clear) == "accepted")
        // Where the alarm was opened it ends; what cannot be sent waits.
        try await vendors.incidents { $0.map(\.status) == ["resolved"] }
        let none = try await world.run(["dead-letters", "list", "--store", store])
        #expect(none.error.contains("There are none"))
        // It was tried only just now, so that a relay may have it still.
        let tooEarly = try await world.run(["dead-letters", "give-up", "pager", "--store", store])
        #expect(tooEarly.end == .exit(1) && tooEarly.error.contains("--force"), "\(tooEarly)")
        let givenUp = try await world.run(
            ["dead-letters", "give-up", "pager", "--force", "--reason", "gone", "--store", store])
        #expect(givenUp.out == "pager: 2 updates are dead letters now\n", "\(givenUp.out)\(givenUp.error)")
        let again = try await world.run(["dead-letters", "give-up", "pager", "--store", store])
        #expect(again.out == "pager: 0 updates are dead letters now\n")
        let listed = try await world.run(["dead-letters", "list", "--json", "--store", store])
        #expect(listed.out.split(separator: "\n").count == 2)
        #expect(
            listed.out.contains(
                "given up with its destination by a person (given up by \(NSUserName()): gone)"))
        #expect(try await second.stop() == .exit(0))
        let third = try await world.relay(destinations: "chat: \(World.chat(vendors))", store: store)
        #expect(!third.program.error.contains("destination.gone"))
    }
}

/// What the commands on a store say of a world's.
enum DeskCommands {
    /// The states of the jobs of a delivery, sorted.
    static func states(of delivery: String, in world: World, _ store: String) async throws -> [String] {
        struct Row: Decodable {
            struct Job: Decodable { let state: String }
            let jobs: [Job]
        }
        let shown = try await world.run(
            ["deliveries", "show", delivery, "--json", "--store", store])
        return try JSONDecoder().decode(Row.self, from: Data(shown.out.utf8)).jobs.map(\.state).sorted()
    }
}
