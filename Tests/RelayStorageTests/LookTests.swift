import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// Whether an incident is open at a destination, for what is to hear that regularly.
@Suite struct `A look at an incident` {
    typealias Kind = JournalWorld.Kind

    private func look(
        _ journal: any OpenJournal, _ acceptance: Acceptance, _ destination: String = "d"
    ) async throws -> IncidentSight {
        let key = try #require(acceptance.incidentKey).text
        guard
            case .seen(let sight) = try await journal.perform(
                .look(incident: key, destination: destination, state: "monitor m"))
        else { throw Unlike() }
        return sight
    }

    /// Also of one whose key is too long for an index of PostgreSQL's.
    @Test(arguments: Kind.available, ["s", String(repeating: "s", count: 3_000)])
    func `says what a destination has, and not what it is about to get`(_ kind: Kind, _ site: String)
        async throws
    {
        let journal = try JournalWorld(kind).open()
        defer { journal.close() }
        let open = try Acceptance.of(1, site: site, openedAt: 10)
        #expect(try await look(journal, open) == .closed)
        _ = try await journal.accept(open)
        #expect(try await look(journal, open) == .uncertain)
        #expect(try await look(journal, open, "other") == .closed)
        let job = try await journal.only()
        #expect(try await look(journal, open) == .uncertain)
        try await journal.finish(job, .delivered(episodeState: "monitor m"))
        #expect(try await look(journal, open) == .open)
        // Another incident, or another destination, that has the same monitor: it must not be said to be up.
        #expect(try await look(journal, .of(9, site: "another")) == .open)
        #expect(try await look(journal, open, "other") == .open)
        _ = try await journal.accept(.of(2, .resolve, site: site, openedAt: 20))
        #expect(try await look(journal, open) == .open)
        try await journal.finish(try await journal.only(), .delivered(episodeState: nil))
        #expect(try await look(journal, open) == .closed)
    }

    /// The vendor has refused the alarm, or it went there in another way: what stands for it is not down.
    @Test(arguments: Kind.available, [false, true])
    func `is not certain where the destination has not got an open alarm so`(
        _ kind: Kind, _ isRefused: Bool
    ) async throws {
        let journal = try JournalWorld(kind).open()
        defer { journal.close() }
        let open = try Acceptance.of(1, openedAt: 10)
        _ = try await journal.accept(open)
        let outcome: JobOutcome =
            isRefused
            ? .dead(.init(reason: "refused", holdsLane: false)) : .delivered(episodeState: "alert al_1")
        try await journal.finish(try await journal.only(), outcome)
        #expect(try await look(journal, open) == .uncertain)
    }
}
