import Foundation

/// The table for a person, and whether the targets are reached.
struct Report {
    let table: Table
    let allocations: Allocations

    /// The most that a verification may cost, as a multiple of the EVP floor, at a size.
    private static let floorMultiples = [1_024: 1.25, 262_144: 1.02]

    /// Prints everything; exits with 1 when a target is missed.
    func print() {
        Swift.print("libcrypto: \(Floor.library)")
        for size in Message.sizes { printRows(size) }
        Swift.print("\nHeap allocations per refusal: " + refusals)
        Swift.print("\nTargets:")
        for target in targets { Swift.print("  \(target.isReached ? "✓" : "✗") \(target.text)") }
        if !targets.allSatisfy(\.isReached) { exit(1) }
    }

    private func printRows(_ size: Int) {
        Swift.print(
            "\nBody of \(size.formatted()) bytes; ns per verification, × of each floor, heap allocations")
        let titles = ["median", "min", "max", "× EVP", "× SHA256", "allocs"]
        Swift.print(line("", titles))
        for row in table.rows[size] ?? [] {
            let count = allocations.verifying[size]?[row.name]
            Swift.print(
                line(
                    row.name,
                    [row.median, row.least, row.most].map { decimal($0, 0) }
                        + [row.overFloor, row.overLowLevelFloor].map { decimal($0, 3) }
                        + [count.map { decimal($0, 0) } ?? "-"]))
        }
    }

    private var refusals: String {
        allocations.refusing.map { "\($0.reason) \(decimal($0.count, 0))" }.joined(separator: ", ")
    }

    private struct Target {
        let text: String
        let isReached: Bool
    }

    private var targets: [Target] {
        let counts = Message.sizes.flatMap { size in
            Names.allOfOurs.map { allocations.verifying[size]?[$0] ?? .nan }
        }
        let heap = Target(
            text: "no heap allocation per verification", isReached: counts.allSatisfy { $0 == 0 })
        return [heap] + Message.sizes.compactMap(floorTarget) + Message.sizes.map(peerTarget)
    }

    private func floorTarget(_ size: Int) -> Target? {
        guard let limit = Self.floorMultiples[size] else { return nil }
        let ours = ours(size)
        return Target(
            text: "at most \(limit) × the EVP floor at \(size.formatted()) bytes: \(decimal(ours, 3))",
            isReached: ours <= limit)
    }

    /// Compared by multiples of the floor, each taken within a round: rounds differ more than the fastest do.
    private func peerTarget(_ size: Int) -> Target {
        let peers = (table.rows[size] ?? []).filter { !(Names.floors + Names.allOfOurs).contains($0.name) }
        guard let next = peers.min(by: { $0.overFloor < $1.overFloor }) else {
            return Target(text: "faster than the peers, which were not measured", isReached: false)
        }
        let factor = next.overFloor / ours(size)
        return Target(
            text: "faster than every peer at \(size.formatted()) bytes: "
                + "\(decimal(factor, 3)) × as fast as \(next.name)",
            isReached: factor > 1)
    }

    /// What the slower of the library's two ways takes, as a multiple of the EVP floor.
    private func ours(_ size: Int) -> Double {
        Names.allOfOurs.map { table.row($0, size: size)?.overFloor ?? .infinity }.max() ?? .infinity
    }

    private func line(_ name: String, _ columns: [String]) -> String {
        name.padding(toLength: 40, withPad: " ", startingAt: 0)
            + columns.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
    }

    private func decimal(_ number: Double, _ digits: Int) -> String {
        number.formatted(.number.precision(.fractionLength(digits)).grouping(.never))
    }
}
