internal import AdapterKit
package import OpenSenseWebhooks
package import RelayCore

/// What a configuration gives a relay: the intake with its sources and routes, and the destinations with
/// their adapters.
///
/// Made whole or not at all, before the store, a listener or the client is touched: a configuration that
/// fails here leaves a running relay as it is.
///
/// A class, because every request takes it: one reference and not each of its parts.
package final class Generation: Sendable {
    /// Judges requests and turns authentic ones into what the journal accepts.
    package let intake: Intake
    /// The destinations as the delivery engine takes them, by order of name.
    package let destinations: [DestinationSpec]
    /// Where the relay's own troubles are reported.
    package let troubles: TroublePolicy

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
        let accounts = configuration.sources.filter { !$0.account.isEmpty }.map { ($0.path, $0.account) }
        intake = Intake(
            sources: Dictionary(uniqueKeysWithValues: sources), router: Router(configuration.routes),
            accounts: Dictionary(uniqueKeysWithValues: accounts),
            policy: AcceptancePolicy(
                severities: configuration.severities,
                destinations: Dictionary(
                    uniqueKeysWithValues: configuration.destinations.map {
                        ($0.name, DestinationPolicy($0))
                    })))
        destinations = configuration.destinations.map { DestinationSpec($0, names: configuration.names) }
        troubles = TroublePolicy(configuration)
    }
}

extension TroublePolicy {
    /// Where the relay's own troubles are reported.
    init(_ configuration: Configuration) {
        self.init()
        destinations = configuration.trouble.destinations(configuration.routes)
        severity = configuration.trouble.severity
        for source in configuration.sources {
            silenceMilliseconds[source.path] = source.expectWithinHours.map { $0 * 3_600_000 }
        }
    }
}

extension DestinationPolicy {
    /// What a destination is sent when an open alarm changes.
    init(_ destination: DestinationConfiguration) {
        self.init(
            onWorse: destination.delivering.onWorse, onReopened: destination.delivering.onReopened,
            pagesAgain: destination.adapter.traits.pagesAgain, collapse: destination.delivering.collapse)
    }
}

extension DestinationSpec {
    /// A destination as the engine sees it.
    init(_ destination: DestinationConfiguration, names: PlaceNames) {
        let delivering = destination.delivering
        self.init(
            name: destination.name, adapter: destination.adapter, concurrencyMax: delivering.concurrencyMax,
            onDeadLetter: delivering.onDeadLetter, failover: delivering.failover)
        (fingerprint, earlierAdapters) = (destination.fingerprint, destination.earlierAdapters)
        vendor = destination.vendor
        failoverAfterSeconds = delivering.failoverAfterSeconds
        wording = Wording(names: names, severities: delivering.severityMap)
    }
}
