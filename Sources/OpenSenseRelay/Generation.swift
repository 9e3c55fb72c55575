package import OpenSenseWebhooks
package import RelayCore

/// What a configuration gives a relay: the sources with their verifiers, the intake with its routes, and the
/// destinations with their adapters.
///
/// Made whole or not at all, before the store, a listener or the client is touched: a configuration that
/// fails here leaves a running relay as it is.
package struct Generation: Sendable {
    /// A source and its verifier.
    package struct Source: Sendable {
        /// What the configuration says of it.
        package let configuration: SourceConfiguration
        /// Checks its signatures.
        package let verifier: WebhookVerifier
    }

    /// The sources by path.
    package let sources: [String: Source]
    /// Turns authentic requests into what the journal accepts.
    package let intake: DeliveryIntake
    /// The destinations as the delivery engine takes them, by order of name.
    package let destinations: [DestinationSpec]

    /// The generation of a configuration.
    ///
    /// - Throws: ``/OpenSenseWebhooks/VerifierSetupError`` for a source whose secrets make no verifier.
    package init(_ configuration: Configuration) throws(VerifierSetupError) {
        let sources = try configuration.sources.map { source throws(VerifierSetupError) in
            Source(
                configuration: source,
                verifier: try WebhookVerifier(secrets: source.secrets, tolerance: source.tolerance))
        }
        self.sources = Dictionary(uniqueKeysWithValues: sources.map { ($0.configuration.path, $0) })
        intake = DeliveryIntake(router: Router(configuration.routes))
        destinations = configuration.destinations.map {
            DestinationSpec(
                name: $0.name, adapter: $0.adapter, concurrencyMax: $0.delivering.concurrencyMax,
                onDeadLetter: $0.delivering.onDeadLetter, failover: $0.delivering.failover)
        }
    }
}
