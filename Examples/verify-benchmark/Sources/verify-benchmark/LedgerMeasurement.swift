import Foundation
import OpenSenseWebhooks

/// A million deliveries, claimed and committed in a ledger in memory by one thread: how long a claim takes, and how much
/// memory they take.
enum LedgerMeasurement {
    static let count = 1_000_000
    static let bytesMax = 64 << 20
    static let claimNanosecondsMax = 2_000

    /// Prints what was measured; exits with 1 when a target is missed.
    static func print() throws {
        // Made and touched before, so that the ledger alone adds to the memory.
        let keys = (0..<count).map { DeliveryKey(of: "wh_\($0)") }
        var fresh = [UInt32](repeating: 1, count: count)
        var known = [UInt32](repeating: 1, count: count)
        let before = residentBytes()
        let ledger = try InMemoryDeliveryLedger(idsMax: count)
        for (index, key) in keys.enumerated() {
            var claim = DeliveryClaim.done
            fresh[index] = try nanoseconds { claim = try ledger.claim(key, leaseSeconds: 60) }
            guard case .fresh(let ticket) = claim else { fatalError("Delivery \(index) is not fresh.") }
            ledger.commit(ticket)
        }
        let bytes = residentBytes() - before
        for (index, key) in keys.enumerated() {
            known[index] = try nanoseconds {
                guard try ledger.claim(key, leaseSeconds: 60) == .done else { fatalError("It is lost.") }
            }
        }
        Swift.print("\nLedger in memory, \(ledger.count) deliveries, one thread; with the clock's own time")
        report("a fresh claim", &fresh)
        report("a claim on what is done", &known)
        Swift.print("  resident memory: \(bytes >> 10) KiB, \(bytes / count) bytes a delivery")
        let isReached = [bytes <= bytesMax, fresh[count * 99 / 100] < claimNanosecondsMax]
        Swift.print("  \(isReached[0] ? "✓" : "✗") at most 64 MiB")
        Swift.print("  \(isReached[1] ? "✓" : "✗") the 99th percentile of a claim below 2 µs")
        if isReached.contains(false) { exit(1) }
    }

    private static func nanoseconds(_ body: () throws -> Void) rethrows -> UInt32 {
        let duration = try ContinuousClock().measure(body)
        return UInt32(clamping: duration.components.attoseconds / 1_000_000_000)
    }

    /// Sorts `times`.
    private static func report(_ what: String, _ times: inout [UInt32]) {
        times.sort()
        let (median, high, most) = (times[count / 2], times[count * 99 / 100], times[count - 1])
        Swift.print("  \(what): median \(median) ns, p99 \(high) ns, longest \(most) ns")
    }

    private static func residentBytes() -> Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (fields.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * 4_096
    }
}
