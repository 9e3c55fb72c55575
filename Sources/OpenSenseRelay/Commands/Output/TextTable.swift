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

    /// A length of time in the unit that fits: `0.041 s`, `12 s`, `20 min`, `30 h`, `4 d`.
    static func duration(_ milliseconds: Int) -> String {
        switch milliseconds {
        case ..<10_000:
            let thousandths = "\(milliseconds % 1_000)"
            return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - thousandths.count)
                + thousandths
                + " s"
        case ..<120_000: return "\(milliseconds / 1_000) s"
        case ..<7_200_000: return "\(milliseconds / 60_000) min"
        case ..<172_800_000: return "\(milliseconds / 3_600_000) h"
        default: return "\(milliseconds / 86_400_000) d"
        }
    }

    /// How often something was tried, `2` or, where a person had it tried again, `2 of 25`.
    static func tries(_ present: Int, inAll: Int) -> String {
        inAll > present ? "\(present) of \(inAll)" : "\(present)"
    }

    /// Text of several lines as it is, but for what would steer a terminal.
    static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map {
            Terminal.plain(String($0)) + "\n"
        }
        .joined()
    }
}
