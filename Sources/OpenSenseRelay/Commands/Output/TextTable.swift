internal import FoundationEssentials
internal import RelayCore

/// Rows for a person: columns as wide as they need to be, and nothing in them that would steer a terminal.
enum TextTable {
    /// The widest column, in characters; the last may be wider.
    private static let widthMax = 40

    static func text(_ rows: [[String]]) -> String {
        let rows = rows.map { row in
            row.enumerated().map { index, cell in
                let plain = Terminal.plain(cell)
                let isWide = plain.count > widthMax && index < row.count - 1
                return isWide ? plain.prefix(widthMax - 1) + "…" : plain
            }
        }
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: max($1 - $0.count, 0)) }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }

    /// `Name: value` lines, with the values in one column.
    static func fields(_ fields: [(String, String)]) -> String {
        let width = fields.map(\.0.count).max() ?? 0
        return fields.map { name, value in
            "\(name):\(String(repeating: " ", count: width - name.count)) \(Terminal.plain(value))\n"
        }.joined()
    }

    /// A moment as `2026-05-17 08:10:00` in UTC.
    static func moment(_ time: WallTime) -> String {
        Date(timeIntervalSince1970: Double(time.unixSeconds)).formatted(
            .iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false))
    }

    /// Text of several lines as it is, but for what would steer a terminal.
    static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map {
            Terminal.plain(String($0)) + "\n"
        }
        .joined()
    }
}
