import Foundation
import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The real program on a real file, killed again and again in the middle of its work.
///
/// Against Opsgenie, whose pace is not limited as PagerDuty's is. `make torture` runs 200 cycles; the tests
/// run `TORTURE_CYCLES`, a few by default.
@Suite struct `A relay that is killed again and again` {
    static let cycles =
        ProcessInfo.processInfo.environment["TORTURE_CYCLES"].flatMap { Int($0) } ?? 6

    /// Alarms that a connection sends in a cycle: 200 cycles stay within what the emulator remembers.
    static let alarmsMax = 12

    /// What the sender knows of every alarm.
    final class Alarms: Sendable {
        let all = Mutex<[String: Alarm]>([:])

        var isAnyAnswered: Bool { all.withLock { $0.values.contains { $0.openAnswered } } }
    }

    /// What the sender knows of one alarm.
    struct Alarm {
        let channel: String
        var openAnswered = false
        var clearAnswered = false
    }

    @Test func `loses nothing that was answered 200, pages once, and leaves nothing open`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let alarms = Alarms()
            for cycle in 0..<Self.cycles {
                let relay = try await world.relay(["opsgenie"], at: vendors.url)
                // On a separate thread: the senders would block the threads of the task pool.
                Thread.detachNewThread {
                    // The first life lasts until something was answered, however slow the machine is.
                    while cycle == 0, !alarms.isAnyAnswered, relay.program.isRunning {
                        Thread.sleep(forTimeInterval: 0.01)
                    }
                    Thread.sleep(forTimeInterval: .random(in: 0.001...0.15))
                    relay.program.signal(SIGKILL)
                }
                await withTaskGroup { group in
                    for connection in 0..<4 {
                        group.addTask {
                            var number = 0
                            while number < Self.alarmsMax, relay.program.isRunning {
                                let name = "\(cycle)_\(connection)_\(number)"
                                number += 1
                                guard Self.play(name, at: relay, alarms) else { return }
                            }
                        }
                    }
                }
                try await relay.program.end()
            }
            let last = try await world.relay(["opsgenie"], at: vendors.url)
            let all = alarms.all.withLock { $0 }
            #expect(all.values.contains { $0.openAnswered })
            try await finish(all, last, vendors)
        }
    }

    /// Opens an alarm and clears it; false when the relay is gone.
    private static func play(
        _ name: String, at relay: Relay, _ alarms: Alarms
    ) -> Bool {
        alarms.all.withLock { $0[name] = Alarm(channel: "chn_\(name)") }
        let open = try? relay.deliver(.like(id: "wh_\(name)", channel: "chn_\(name)"))
        guard open?.status == 200 else { return false }
        alarms.all.withLock { $0[name]?.openAnswered = true }
        guard Int.random(in: 0..<2) == 0 else { return true }
        let clear = TestDelivery.like(kind: "alarm_cleared", id: "wh_clear_\(name)", channel: "chn_\(name)")
        guard (try? relay.deliver(clear))?.status == 200 else { return false }
        alarms.all.withLock { $0[name]?.clearAnswered = true }
        return true
    }

    /// Every incident whose delivery was answered 200 is at the vendor; one without an answer may be there or
    /// not.
    private func finish(_ alarms: [String: Alarm], _ relay: Relay, _ vendors: Vendors) async throws {
        let answered = alarms.filter(\.value.openAnswered)
        try await eventually(
            "everything answered 200 is at the vendor, but: \(Self.missing(answered, vendors).sorted().prefix(5))",
            withinSeconds: 60
        ) { Self.missing(answered, vendors).isEmpty ? true : nil }
        for incident in try vendors.incidents() {
            #expect(incident.pages <= 1, "\(incident)")
        }
        // What was answered is known: a retry by the sender does not page again.
        for (name, alarm) in answered.prefix(50) {
            let again = try relay.deliver(.like(id: "wh_\(name)", channel: alarm.channel))
            #expect(again.code == "duplicate", "\(name)")
        }
    }

    /// The answered alarms that are not at the vendor.
    private static func missing(_ answered: [String: Alarm], _ vendors: Vendors) -> [String] {
        let incidents = (try? vendors.incidents()) ?? []
        let status = Dictionary(
            incidents.map { ($0.key.split(separator: ":").last.map(String.init) ?? "", $0.status) },
            uniquingKeysWith: { $1 })
        return answered.values.compactMap { alarm in
            let found = status[alarm.channel]
            let isRight = alarm.clearAnswered ? found == "resolved" : found != nil
            return isRight ? nil : "\(alarm.channel): \(found ?? "absent") of \(incidents.count)"
        }
    }
}
