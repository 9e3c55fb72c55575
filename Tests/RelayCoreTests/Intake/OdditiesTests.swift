import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `An odd body` {
    static let rows: [(event: String, oddities: [String])] = [
        (#""kind":"alarm_opened","opened_at":"2026-05-17T08:10:00Z""#, []),
        (#""kind":"alarm_opened","value_at":+5,"x":[1,]"#, ["plus-sign", "trailing-comma"]),
        (#""kind":"alarm_opened","opened_at":"0001-01-01T00:00:00Z""#, ["implausible-opened_at"]),
        (#""kind":"alarm_opened","next_report_at":"0001-01-01T00:00:00Z""#, []),
    ]

    @Test(arguments: rows) func `is accepted, and what is odd about it is named`(
        _ row: (event: String, oddities: [String])
    ) throws {
        let acceptance = try #require(try IntakeWorld().acceptance("{\"event\":{\(row.event)}}"))
        guard case .step = acceptance.content else {
            Issue.record("it is not a step: \(acceptance.content)")
            return
        }
        #expect(acceptance.oddities == row.oddities)
    }
}
