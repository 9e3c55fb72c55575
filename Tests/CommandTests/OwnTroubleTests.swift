import Foundation
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What wakes a person besides alarms, at a second vendor while the first one is in trouble.
@Suite struct `The relay's own trouble` {
    /// Where it all goes.
    struct Scene {
        let world: World
        let vendors: Vendors
        let relay: Relay

        /// A relay with a pager and a chat, of which the chat hears of the pager's troubles.
        init(_ world: World) async throws {
            self.world = world
            vendors = try await world.vendors()
            relay = try await world.relay(
                destinations: "pager: \(World.pager(vendors)), chat: \(World.chat(vendors))",
                more: #"routes: [{ to: ["pager"] }], trouble: { to: ["chat"] }"#)
        }

        func deliver(_ delivery: TestDelivery, to path: String = "/opensense") throws -> Answer {
            var request = try delivery.request()
            request.path = path
            return try request.send(to: relay.port)
        }

        /// Delivers what must have an answer of this status.
        func deliver(_ delivery: TestDelivery, to path: String = "/opensense", answered status: Int) throws {
            let answer = try deliver(delivery, to: path)
            #expect(answer.status == status)
        }

        func answerPager(with status: Int) throws {
            try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":\#(status)}"#)
        }

        /// The trouble's incident by the name that the chat has for it.
        static func alias(_ key: String) -> String {
            "opensense:" + key.replacing("/", with: ":").replacing("%", with: "=")
        }

        /// Waits for the incident of a trouble.
        func trouble(_ key: String, is status: String, withinSeconds seconds: Int? = nil)
            async throws
        {
            try await eventually("\(key) is \(status)", withinSeconds: seconds) {
                try vendors.incidents(of: "opsgenie").contains {
                    $0.key == Self.alias(key) && $0.status == status
                }
                    ? true : nil
            }
        }
    }

    @Test func `is a secret that was changed at the sender, once a stranger's request shows it`() async throws
    {
        try await World.run { world in
            let scene = try await Scene(world)
            let unknown = TestDelivery.like(id: "wh_0")
            var stranger = TestDelivery.like(id: "wh_1")
            (stranger.secret, stranger.ageSeconds) = (Keys.otherSecret, 1)
            // The stranger knows nothing yet that the relay has heard of.
            #expect(try scene.deliver(stranger).status == 401)
            #expect(try scene.deliver(unknown).status == 200)
            #expect(try scene.deliver(stranger).status == 401)
            try await scene.trouble("relay/secret/%2Fopensense", is: "triggered")
            for _ in 0..<10 { #expect(try scene.deliver(stranger).status == 401) }
            let reports = try scene.vendors.incidents(of: "opsgenie")
            #expect(reports.map(\.opens) == [1])
            #expect(!Keys.isIn(scene.relay.program.error))
        }
    }

    @Test(arguments: ["/opensens", "/opensense/v2", "/"])
    func `is no reason to lose what comes to a mistyped path`(_ path: String) async throws {
        try await World.run { world in
            let scene = try await Scene(world)
            let answer = try scene.deliver(.like(id: "wh_1"), to: path)
            #expect((answer.status, answer.code) == (200, "accepted"))
            try await scene.vendors.incidents { $0.contains { $0.vendor == "pagerduty" && $0.pages == 1 } }
            #expect(try scene.deliver(.like(id: "wh_1")).code == "duplicate")
            #expect(scene.relay.program.error.contains("event=path.mistyped"))
            var stranger = TestDelivery.like(id: "wh_2")
            stranger.secret = Keys.otherSecret
            #expect(try scene.deliver(stranger, to: path).status == 404)
        }
    }

    @Test func `costs a bounded effort at a path that is no source's`() async throws {
        try await World.run { world in
            let scene = try await Scene(world)
            var stranger = TestDelivery.like(id: "wh_1")
            stranger.secret = Keys.otherSecret
            let answers = try (0..<60).map { _ in try scene.deliver(stranger, to: "/x").status }
            #expect(Set(answers).isSubset(of: [404, 429]))
            stranger.body += Array(repeating: UInt8(ascii: " "), count: 65_536)
            #expect(try scene.deliver(stranger, to: "/x").status == 429)
        }
    }
}

/// Cause and end of the troubles by the real clock, which takes half an hour: `make troubles`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["RELAY_TROUBLES"] != nil, "make troubles"))
struct `A whole trouble` {
    typealias Scene = `The relay's own trouble`.Scene

    /// A trouble's key, how it is caused, in how many seconds it is reported, and how its cause ends.
    struct Course: Sendable, CustomTestStringConvertible {
        let key: String
        var seconds = 60
        let cause: @Sendable (Scene) async throws -> Void
        var cure: @Sendable (Scene) async throws -> Void = { _ in }
        var testDescription: String { key }
    }

    static let courses: [Course] = [
        Course(key: "relay/dead-letter/pager") { scene in
            try scene.answerPager(with: 400)
            for number in 0..<50 { _ = try scene.deliver(.like(id: "wh_\(number)", channel: "c\(number)")) }
        },
        Course(
            key: "relay/credentials/pager",
            cause: { scene in
                try scene.answerPager(with: 401)
                _ = try scene.deliver(.like(id: "wh_1"))
            }, cure: { try $0.vendors.heal() }),
        Course(
            key: "relay/stalled/pager", seconds: 300,
            cause: { scene in
                try scene.answerPager(with: 503)
                _ = try scene.deliver(.like(id: "wh_1"))
            }, cure: { try $0.vendors.heal() }),
        Course(key: "relay/unreadable") { scene in
            try scene.deliver(TestDelivery(body: Array("no JSON".utf8)), answered: 200)
        },
        Course(key: "relay/path/%2Fopensense") { scene in
            try scene.deliver(.like(id: "wh_1"), to: "/opensens", answered: 200)
        },
        Course(
            key: "relay/secret/%2Fopensense", seconds: 0,
            cause: { scene in
                try scene.deliver(.like(id: "wh_1"), answered: 200)
                var stranger = TestDelivery.like(id: "wh_2")
                stranger.secret = Keys.otherSecret
                try scene.deliver(stranger, answered: 401)
            }, cure: { try $0.deliver(.like(id: "wh_3"), answered: 200) }),
        Course(key: "relay/clock", seconds: 300) { scene in
            var late = TestDelivery.like(id: "wh_1")
            late.ageSeconds = 400
            for _ in 0..<11 {
                try scene.deliver(late, answered: 429)
                try await Task.sleep(for: .seconds(30))
            }
        },
        Course(
            key: "relay/store",
            cause: { scene in
                // Also a log that is open already grows no more.
                try await scene.limitFiles(to: "1024")
                for number in 0..<20 where try scene.deliver(.like(id: "wh_\(number)")).status == 200 {}
            }, cure: { try await $0.limitFiles(to: "unlimited") }),
    ]

    @Test(arguments: courses) func `is reported once and over five minutes after its end`(_ course: Course)
        async throws
    {
        try await World.run { world in
            let scene = try await Scene(world)
            let start = ContinuousClock.now
            try await course.cause(scene)
            try await scene.trouble(course.key, is: "triggered", withinSeconds: course.seconds + 120)
            #expect(ContinuousClock.now - start >= .seconds(course.seconds - 1))
            try await course.cure(scene)
            try await scene.trouble(course.key, is: "resolved", withinSeconds: 720)
            let pages = try scene.vendors.incidents(of: "opsgenie").filter {
                $0.key == Scene.alias(course.key)
            }
            #expect(pages.map(\.pages) == [1])
        }
    }

    @Test func `is work that no relay has the destination of`() async throws {
        try await World.run { world in
            let scene = try await Scene(world)
            try scene.answerPager(with: 503)
            _ = try scene.deliver(.like(id: "wh_1"))
            try await eventually("the pager fails") {
                scene.relay.program.error.contains("job.retried") ? true : nil
            }
            #expect(try await scene.relay.stop() == .exit(0))
            _ = try await world.relay(destinations: "chat: \(World.chat(scene.vendors))")
            try await scene.trouble("relay/unclaimed/pager", is: "triggered", withinSeconds: 1_200)
            let given = try await world.run(
                ["dead-letters", "give-up", "pager", "--store", "sqlite:\(world.path("relay.db"))"])
            #expect(given.end == .exit(0))
            try await scene.trouble("relay/unclaimed/pager", is: "resolved", withinSeconds: 720)
        }
    }
}

extension `The relay's own trouble`.Scene {
    /// Limits how long the relay's files may be, from now on.
    func limitFiles(to bytes: String) async throws {
        let words = "prlimit --pid \(relay.program.processID) --fsize=\(bytes):unlimited"
        let end = try await world.run(shell: words, environment: [:]).end()
        #expect(end == .exit(0))
    }
}
