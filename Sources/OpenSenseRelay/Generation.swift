package import OpenSenseWebhooks
package import RelayCore

/// What a configuration gives a relay: the intake with its sources and routes, and the destinations with
/// their adapters.
///
/// Made whole or not at all, before the store, a listener or the client is touched: a configuration that
/// fails here leaves a running relay as it is.
package struct Generation: Sendable {
    /// Judges requests and turns authentic ones into what the journal accepts.
    package let intake: Intake
    /// The destinations as the delivery engine takes them, by order of name.
    package let destinations: [DestinationSpec]

    /// The generation of a configuration.
    ///
    /// - Throws: ``/OpenSenseWebhooks/VerifierSetupError`` for a source whose secrets make no verifier.
    package init(_ configuration: Configuration) throws(VerifierSetupError) {
        let sources = try configuration.sources.map { source throws(VerifierSetupError) in
            (
                source.path,
                WebhookJudge(
                    verifier: try WebhookVerifier(secrets: source.secrets, tolerance: source.tolerance),
                    staleness: source.staleness,
                    headerDisagreement: source.strictHeaders ? .reject : .report)
            )
        }
        intake = Intake(
            sources: Dictionary(uniqueKeysWithValues: sources), router: Router(configuration.routes))
        destinations = configuration.destinations.map {
            DestinationSpec(
                name: $0.name, adapter: $0.adapter, concurrencyMax: $0.delivering.concurrencyMax,
                onDeadLetter: $0.delivering.onDeadLetter, failover: $0.delivering.failover)
        }
    }
}
