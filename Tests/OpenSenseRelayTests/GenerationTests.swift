import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `A generation` {
    private func configuration(_ settings: String) throws -> Configuration {
        try Configuration(
            text: Array("{ store: \"memory:\", \(settings) }".utf8),
            adapters: [`Configuration files`.type], environment: ["S": "secret", "K": "key"])
    }

    @Test func `has the sources by path and the destinations as they are configured`() throws {
        let generation = try Generation(
            configuration(
                """
                sources: [{ path: "/a", secrets: ["env:S"], toleranceSeconds: 7 }, { path: "/b", secrets: ["env:K"] }],
                destinations: {
                  two: { adapter: "test", key: "env:K" },
                  one: { adapter: "test", key: "env:K", failover: "two", onDeadLetter: "skip", concurrency: 3 } }
                """))
        #expect(generation.intake.sources.mapValues(\.verifier.tolerance.seconds) == ["/a": 7, "/b": 300])
        #expect(generation.destinations.map(\.name) == ["one", "two"])
        #expect(generation.destinations.map(\.failover) == ["two", nil])
        #expect(generation.destinations.map(\.concurrencyMax) == [3, 16])
        #expect(generation.destinations.map(\.onDeadLetter) == [.skip, .hold])
    }

    /// Secrets of the one source: how many, and whether they make a verifier.
    @Test(arguments: [
        (0, false), (1, true), (WebhookVerifier.secretsMax, true), (WebhookVerifier.secretsMax + 1, false),
    ])
    func `is made whole or not at all`(_ row: (secrets: Int, isRight: Bool)) throws {
        let secrets = try (0..<row.secrets).map { try Secret("secret \($0)") }
        let configuration = Configuration(
            store: .memory, sources: [SourceConfiguration(secrets: secrets)], destinations: [], routes: [])
        let made = Result { () throws(VerifierSetupError) in try Generation(configuration) }
        #expect((try? made.get().intake.sources.keys.sorted()) == (row.isRight ? ["/opensense"] : nil))
    }
}
