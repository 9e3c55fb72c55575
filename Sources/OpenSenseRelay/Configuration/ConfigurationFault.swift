internal import OpenSenseWebhooks

/// Something in a configuration that the relay cannot work with.
package struct ConfigurationFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line, counted from 1; nil where there is no file.
    package var line: Int?
    /// The column in characters, counted from 1.
    package var column: Int?
    /// Which setting, such as `destinations.oncall.routingKey`; empty for the whole.
    package var path: String
    /// One sentence that says what is wrong and what to do.
    package var message: String
    /// Whether a variable or an option gave the setting; the message names it then.
    package var hasOrigin = false

    /// `3:14: destinations.oncall: …`.
    package var description: String {
        // Names and values of the text stand in both.
        if hasOrigin { return VisibleText.line(message) }
        let place = line.flatMap { line in column.map { "\(line):\($0): " } } ?? ""
        return place + VisibleText.line(path.isEmpty ? message : "\(path): \(message)")
    }
}

/// Every fault of a configuration, in the order of the text.
package struct ConfigurationFaults: Error, Sendable, CustomStringConvertible {
    /// At least one.
    package let faults: [ConfigurationFault]

    /// The faults, put in the order of the text.
    init(_ faults: [ConfigurationFault]) {
        self.faults = faults.sorted { ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0) }
    }

    /// A line for each.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Finds the known name nearest to an unknown one.
package enum NearestName {
    /// The name closest to `word`, if one is close: at most a third of its letters away.
    package static func of(_ word: String, among names: [String]) -> String? {
        let ranked = names.map { (name: $0, distance: distance(word.lowercased(), $0.lowercased())) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, word.count / 3) ? best.name : nil
    }

    /// Levenshtein's edit distance.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.prefix(64)), Array(right.prefix(64)))
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let cost = min(diagonal + (character == other ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                diagonal = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[right.count]
    }
}
