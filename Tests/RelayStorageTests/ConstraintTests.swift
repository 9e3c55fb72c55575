import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// One operation that contradicts what is stored must not fail those that share its transaction, again and
/// again.
@Suite struct `An operation that breaks a constraint` {
    @Test(arguments: JournalWorld.Kind.lasting)
    func `fails alone, and what was batched with it is accepted`(_ kind: JournalWorld.Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        // As a fault of this program, or of a person's hand in the store, would.
        try world.execute(
            "CREATE UNIQUE INDEX deliveries_poison ON deliveries (delivery_id) WHERE delivery_id = 'wh_1'")
        _ = try await journal.accept(.of(1))
        var poison = try Acceptance.of(2, site: "poison")
        poison.deliveryID = "wh_1"
        let operations = try [.of(3, site: "before"), poison, .of(4, site: "after")].map {
            JournalOperation.accept($0)
        }
        // The first keeps the thread at work, so that the others share a batch.
        journal.submit(.probe(now: .at(0))) { _ in }
        let results = await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, operation) in operations.enumerated() {
                group.addTask { (index, (try? await journal.perform(operation)) != nil) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(results == [0: true, 1: false, 2: true])
        #expect(try await journal.accept(.of(5, site: "later")) != .duplicate(sequence: 1))
        #expect(try await journal.summary().deliveries == 4)
    }
}
