import Foundation
import RelayCore
import Testing

@Suite struct `Events of the relay` {
    /// A row of the catalogue.
    struct Row: Hashable {
        let code: String
        let levels: [String]
        let fields: [String]
    }

    static func catalogue() throws -> [Row] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../Sources/OpenSenseRelay/OpenSenseRelay.docc/LogEvents.md")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            guard let match = line.firstMatch(of: #/^\| `([a-z.-]+)` \| ([a-z, ]+) \| ([a-z_, ]*)\| /#) else {
                return nil
            }
            let list = { (text: Substring) in
                text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter {
                    !$0.isEmpty
                }
            }
            return Row(code: String(match.1), levels: list(match.2), fields: list(match.3))
        }
    }

    @Test func `are all in the catalogue, with their levels and fields, and nothing else is`() throws {
        let rows = try Self.catalogue()
        #expect(rows.map(\.code) == RelayEvent.Code.allCases.map(\.rawValue))
        for (row, code) in zip(rows, RelayEvent.Code.allCases) {
            let event = RelayEvent.example(of: code)
            #expect(event.code == code)
            #expect(row.fields == event.fields.map(\.name), "\(row.code)")
            #expect(row.levels.contains(event.level.rawValue), "\(row.code)")
        }
    }

    @Test(arguments: [
        (AcceptanceVerdict.planned, nil as String?, RelayEvent.Level.info), (.repeated, nil, .info),
        (.unrouted, nil, .warning), (.superseded, "cleared-since", .warning),
        (.deadLetter, "body-not-json", .warning),
    ])
    func `warn of an accepted delivery only when nothing is sent and that may not be meant`(
        _ verdict: AcceptanceVerdict, _ reason: String?, _ level: RelayEvent.Level
    ) {
        let delivery = AcceptedDelivery(
            id: "wh_1", kind: "k", incident: nil, verdict: verdict, reason: reason, sequence: 1)
        #expect(RelayEvent.deliveryAccepted(delivery).level == level)
    }
}

@Suite struct `Throttle of events` {
    static func refused(_ code: String) -> RelayEvent {
        .requestRefused(RequestOrigin(peer: "p", path: "/"), code: code, status: 404)
    }

    @Test func `lets sixty a minute of each reason through, then counts and says how many`() {
        var throttle = EventThrottle()
        for number in 1...100 {
            #expect(throttle.admit(Self.refused("not-found"), at: 0).count == (number <= 60 ? 1 : 0))
        }
        #expect(throttle.admit(Self.refused("draining"), at: 59_999) == [Self.refused("draining")])
        #expect(
            throttle.admit(.stopping, at: 60_000) == [
                .eventsSuppressed(code: .requestRefused, detail: "not-found", count: 40), .stopping,
            ])
        #expect(throttle.admit(Self.refused("not-found"), at: 60_001).count == 1)
    }

    @Test func `leaves alone what is bounded by what was accepted`() {
        var throttle = EventThrottle()
        for _ in 0..<1_000 {
            #expect(throttle.admit(.deliveryDuplicate(delivery: "wh_1", sequence: 1), at: 0).count == 1)
        }
    }

    @Test func `name each kind of event that is not known once`() {
        var throttle = EventThrottle()
        let lines = (0..<300).flatMap { number in
            throttle.admit(
                .kindUnknown(kind: "kind_\(number % 100)", delivery: "wh_\(number)"),
                at: SteadyTime(milliseconds: number * 60_000))
        }
        // As many as are remembered; the sender's choice must not fill the log.
        #expect(lines.count == 64)
    }

    @Test func `says at the end what it has not said yet`() {
        var throttle = EventThrottle()
        for _ in 0..<61 { _ = throttle.admit(Self.refused("not-found"), at: 0) }
        #expect(throttle.rest() == [.eventsSuppressed(code: .requestRefused, detail: "not-found", count: 1)])
        #expect(throttle.rest() == [])
    }

    @Test func `keeps no more counts than it must, whatever reasons there are`() {
        var throttle = EventThrottle()
        var written = 0
        for number in 0..<10_000 { written += throttle.admit(Self.refused("code-\(number)"), at: 0).count }
        #expect(written <= 64 + 60)
    }
}
