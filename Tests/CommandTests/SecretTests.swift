import Foundation
import Testing

@Suite struct `Secrets` {
    @Test(arguments: ["logfmt", "json"])
    func `are in nothing that the relay writes, whatever goes wrong`(_ format: String) async throws {
        try await World.run { world in
            let port = try ReservedPort()
            let url = "http://127.0.0.1:\(port.number)"
            let relay = try await world.relay(
                ["pagerduty", "opsgenie"], at: url, arguments: ["--log", format])
            #expect(try relay.deliver(.documented).status == 200)
            try await eventually("the vendors were not reached") {
                relay.program.error.contains("could-not-connect") ? true : nil
            }
            let vendors = try await world.vendors(port: port.number)
            for fault in [
                #"{"vendor":"*","kind":"status","status":429,"retryAfterSeconds":1,"nextRequests":1}"#,
                #"{"vendor":"*","kind":"drop","nextRequests":1}"#,
                #"{"vendor":"*","kind":"status","status":500,"nextRequests":1}"#,
                #"{"vendor":"*","kind":"status","status":403,"nextRequests":1}"#,
                #"{"vendor":"*","kind":"status","status":400,"nextRequests":1}"#,
            ] { try vendors.inject(fault) }
            var (stranger, stale) = (TestDelivery.documented, TestDelivery.documented)
            stranger.secret = Keys.otherSecret
            stale.ageSeconds = 1_000
            #expect(try relay.deliver(stranger).status == 401)
            #expect(try relay.deliver(stale).status == 429)
            #expect(try relay.deliver(TestDelivery(body: Array("not JSON".utf8))).status == 200)
            for number in 0..<4 {
                let more = TestDelivery.like(id: "wh_\(number)", channel: "chn_\(number)")
                #expect(try relay.deliver(more).status == 200)
            }
            try await eventually("a job is given up: \(relay.program.error)") {
                relay.program.error.contains("job.dead") ? true : nil
            }
            #expect(try await relay.stop() == .exit(0))
            #expect(!Keys.isIn(relay.program.out + relay.program.error))
            #expect(!Keys.isIn(vendors.program.out + vendors.program.error))
        }
    }

    @Test func `are hidden in the words of a vendor that repeats them`() async throws {
        try await World.run { world in
            let vendor = try EchoingVendor()
            let relay = try await world.relay(["pagerduty", "opsgenie"], at: vendor.url)
            #expect(try relay.deliver(.documented).status == 200)
            try await eventually("both vendors refuse: \(relay.program.error)") {
                let lines = relay.program.error.split(separator: "\n")
                return lines.count { $0.contains("job.dead") && $0.contains("no such key") } == 2 ? true : nil
            }
            #expect(!Keys.isIn(relay.program.out + relay.program.error))
        }
    }
}
