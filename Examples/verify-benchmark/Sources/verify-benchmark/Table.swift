import Foundation

/// The samples of all rounds, by size and name.
struct Table {
    /// One contender at one size.
    struct Row {
        let name: String
        let median: Double
        let least: Double
        let most: Double
        /// The median, over the rounds, of its time divided by that of each floor in the same round.
        let overFloor: Double
        let overLowLevelFloor: Double
    }

    /// The rows of each size, in the order of the samples.
    let rows: [Int: [Row]]

    init(samples: [Sample]) {
        var times: [Int: [String: [String: Double]]] = [:]
        var names: [String] = []
        for sample in samples {
            times[sample.size, default: [:]][sample.name, default: [:]][sample.round] = sample.nanoseconds
            if !names.contains(sample.name) { names.append(sample.name) }
        }
        // Printed in the order of the floors, the library, its peers, whoever came first in the samples.
        let order = Names.floors + Names.allOfOurs
        names = order.filter(names.contains) + names.filter { !order.contains($0) }
        rows = times.mapValues { byName in
            names.compactMap { name in byName[name].map { Self.row(name, $0, byName) } }
        }
    }

    /// The row of `name` at `size`.
    func row(_ name: String, size: Int) -> Row? { rows[size]?.first { $0.name == name } }

    private static func row(
        _ name: String, _ times: [String: Double], _ all: [String: [String: Double]]
    ) -> Row {
        func over(_ floor: String) -> Double {
            median(times.compactMap { round, time in all[floor]?[round].map { time / $0 } })
        }
        let values = Array(times.values)
        return Row(
            name: name, median: median(values), least: values.min() ?? .nan, most: values.max() ?? .nan,
            overFloor: over(Names.floor), overLowLevelFloor: over(Names.lowLevelFloor))
    }

    private static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return .nan }
        let (sorted, middle) = (values.sorted(), values.count / 2)
        return values.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
