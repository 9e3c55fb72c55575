import OpenSenseWebhooks
import PostgreSQLClient
import RelayCore
import RelayStorage
import Testing

/// What people ask for at the desk, as the relay takes it up.
@Suite struct `A request of a person's` {
    typealias Kind = JournalWorld.Kind

    private func capture(_ number: Int) -> QuarantinedRequest {
        QuarantinedRequest(
            receivedAt: .at(number), path: "/opensense", code: "signature-mismatch", header: "X-A: b",
            body: [UInt8(number)])
    }

    @Test(arguments: Kind.lasting) func `is taken with all that is needed, the oldest first`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        for number in 1...3 { try await world.journal.quarantine(capture(number)) }
        for number in 1...3 {
            var acceptance = try Acceptance.of(number, receivedAt: number)
            acceptance.content = .deadLetter(code: "body-no-json")
            _ = try await world.journal.accept(acceptance)
        }
        #expect(try await world.journal.requests() == PeopleRequests(captures: [], deliveries: []))
        for row in try world.desk.quarantined(limit: 10) {
            #expect(try world.desk.retryQuarantined(row.number) == .done)
        }
        for row in try world.desk.unreadDeliveries(limit: 10) {
            #expect(try world.desk.retryUnread(row.sequence) == .done)
        }
        let taken = try await world.journal.requests(limit: 2)
        #expect(taken.captures.map(\.request.receivedAt) == [.at(1), .at(2)])
        #expect(taken.captures.map(\.request.body) == [[1], [2]])
        #expect(
            taken.captures.allSatisfy { $0.request.path == "/opensense" && $0.request.header == "X-A: b" })
        #expect(taken.deliveries.map(\.deliveryID) == ["wh_1", "wh_2"])
        #expect(taken.deliveries.map(\.receivedAt) == [.at(1), .at(2)])
        #expect(try taken.deliveries.map(\.body) == [Acceptance.of(1).body, Acceptance.of(2).body])
    }

    @Test(arguments: Kind.lasting) func `leaves the quarantine when it was accepted, once and twice`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        for number in 1...2 { try await world.journal.quarantine(capture(number)) }
        let rows = try world.desk.quarantined(limit: 10)
        for row in rows { #expect(try world.desk.retryQuarantined(row.number) == .done) }
        for _ in 0..<2 {
            try await world.journal.settle(.captureAccepted(number: rows[0].number))
            try await world.journal.settle(.captureRefused(number: rows[1].number, code: "no-such-source"))
        }
        #expect(try world.desk.quarantined(rows[0].number) == nil)
        let refused = try #require(try world.desk.quarantined(rows[1].number))
        #expect((refused.code, refused.isRequested) == ("no-such-source", false))
        #expect(try await world.journal.requests().captures.isEmpty)
    }

    @Test(arguments: Kind.lasting) func `marks the delivery whose place another one has taken`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        for number in 1...3 {
            var acceptance = try Acceptance.of(number)
            acceptance.content = number == 3 ? .record(.unrouted) : .deadLetter(code: "c")
            _ = try await world.journal.accept(acceptance)
        }
        for sequence in 1...2 { #expect(try world.desk.retryUnread(sequence) == .done) }
        for _ in 0..<2 {
            try await world.journal.settle(.deliveryRead(sequence: 1))
            try await world.journal.settle(.deliveryUnread(sequence: 2))
            // Neither is a dead letter.
            try await world.journal.settle(.deliveryRead(sequence: 3))
            try await world.journal.settle(.deliveryRead(sequence: 99))
        }
        #expect(
            try world.desk.deliveries(limit: 10).map(\.state) == [.unrouted, .deadLetter, .replaced])
        #expect(try await world.journal.requests().deliveries.isEmpty)
    }

    @Test(arguments: Kind.lasting) func `has a number that no later one gets`(_ kind: Kind) async throws {
        let world = try DeskWorld(kind)
        try await world.journal.quarantine(capture(1))
        let first = try #require(try world.desk.quarantined(limit: 1).first?.number)
        try await world.journal.settle(.captureAccepted(number: first))
        try await world.journal.quarantine(capture(2))
        // Another relay that has taken it, too.
        try await world.journal.settle(.captureAccepted(number: first))
        #expect(try world.desk.quarantined(limit: 10).map(\.receivedAt) == [.at(2)])
    }

    @Test(.enabled(if: JournalWorld.Kind.available.contains(.postgresql)))
    func `two relays share what people have asked for, and one takes over what the other leaves`()
        async throws
    {
        let world = try JournalWorld(.postgresql)
        let (one, two) = (try world.open(), try world.open())
        defer {
            one.close()
            two.close()
        }
        for number in 1...20 {
            let capture = QuarantinedRequest(
                receivedAt: .at(number * 60_000), path: "/", code: "no", header: "", body: [])
            _ = try await one.quarantine(capture)
        }
        for number in 1...4 {
            var unread = try Acceptance.of(number)
            unread.content = .deadLetter(code: "unreadable")
            _ = try await one.accept(unread)
        }
        let connection = try PostgreSQLConnection(world.postgresql)
        try connection.execute("UPDATE quarantine SET requested = 1; UPDATE deliveries SET requested = 1")
        let (first, second) = (try await one.requests(limit: 12), try await two.requests(limit: 12))
        #expect((first.captures + second.captures).map(\.number) == Array(1...20))
        #expect((first.deliveries + second.deliveries).map(\.sequence) == Array(1...4))
        #expect(try await two.requests(limit: 12).captures.isEmpty)
        #expect(try StoreDesk(postgreSQL: world.postgresql).quarantined(1)?.isRequested == true)
        try connection.execute("UPDATE quarantine SET requested = 2 WHERE id > 18")
        #expect(try await two.requests(limit: 12).captures.map(\.number) == [19, 20])
    }
}
