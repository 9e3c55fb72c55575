import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `The times that order` {
    static let signedAt = IntakeWorld.signedAt

    static func step(openedAt: String, receivedAt: Int) throws -> TimelineStep? {
        try step(#""opened_at":"\#(openedAt)""#, receivedAt: receivedAt)
    }

    static func step(_ fields: String, receivedAt: Int = signedAt * 1_000) throws -> TimelineStep? {
        let body = #"{"event":{"kind":"alarm_opened","site_id":"s",\#(fields)}}"#
        let acceptance = try #require(try IntakeWorld().acceptance(body, receivedAt: receivedAt))
        guard case .step(_, let step) = acceptance.content else { return nil }
        return step
    }

    /// A relay whose clock is behind must not take the sender's times for future ones: cut to its own clock,
    /// they would be in the order in which they came, and a clear that overtook its open would not count.
    @Test(arguments: [-600_000, -1, 0, 600_000])
    func `believes the sender's times, whatever its own clock says`(
        _ error: Int
    ) throws {
        let step = try Self.step(
            openedAt: "2026-05-17T08:10:00Z", receivedAt: Self.signedAt * 1_000 + error)
        #expect(step?.openedAt == WallTime(unixSeconds: 1_779_005_400))
        #expect(step?.reference == WallTime(unixSeconds: 1_779_005_400))
    }

    @Test func `cuts a time that was in the sender's own future`() throws {
        let step = try Self.step(
            openedAt: "2026-05-17T18:10:00Z", receivedAt: Self.signedAt * 1_000 + 600_000)
        #expect(step?.openedAt == WallTime(unixSeconds: Self.signedAt + 1))
    }

    /// The times of the future are compared before they are cut.
    @Test(arguments: [
        (#""opened_at":"2026-05-17T18:10:00Z""#, false),
        (#""opened_at":"2026-05-17T18:10:00Z","reopened_at":"2026-05-17T18:20:00Z""#, true),
        (#""opened_at":"2026-05-17T18:10:00Z","reopened_at":"2026-05-17T08:00:00Z""#, false),
        (#""opened_at":"2026-05-17T07:10:00Z","reopened_at":"2026-05-17T08:00:00Z""#, true),
        (#""reopened_at":"2026-05-17T08:00:00Z""#, false),
    ]) func `show whether an event has a later time than the alarm's beginning`(
        _ fields: String, _ expected: Bool
    ) throws {
        #expect(try Self.step(fields)?.namesOpening == expected)
    }

    static let oddTimes: [(String, Int?)] = [
        ("2014-12-31T23:59:59.999Z", nil), ("2015-01-01T00:00:00Z", 1_420_070_400_000),
        ("0001-01-01T00:00:00Z", nil), ("1970-01-01T00:00:00Z", nil),
        ("2026-05-18T08:10:01Z", (signedAt + 1) * 1_000), ("2026-05-18T08:10:02.001Z", nil),
        ("9999-12-31T23:59:59Z", nil),
    ]

    @Test(arguments: oddTimes) func `takes no time from a clock that was never set`(
        _ text: String, _ expected: Int?
    ) throws {
        let step = try #require(try Self.step(openedAt: text, receivedAt: Self.signedAt * 1_000))
        #expect(step.openedAt?.unixMilliseconds == expected)
        #expect(step.reference?.unixMilliseconds == expected)
    }

    @Test func `lets an odd time spoil no other one`() throws {
        let step = try Self.step(
            #""opened_at":"2026-05-17T08:10:00Z","acked_at":"0001-01-01T00:00:00Z","cleared_at":"2126-05-17T08:00:00Z""#
        )
        #expect(step?.openedAt == WallTime(unixSeconds: 1_779_005_400))
        #expect(step?.reference == WallTime(unixSeconds: 1_779_005_400))
    }
}
