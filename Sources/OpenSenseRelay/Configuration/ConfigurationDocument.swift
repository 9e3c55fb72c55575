package import AdapterKit
package import HTTPServer
internal import OpenSenseWebhooks
package import RelayCore

/// What a configuration says, checked as far as that needs neither a secret nor anything else from outside.
///
/// A setting that is at fault has its default here, and its fault in ``faults``: what does not depend on it
/// can be used. ``Configuration`` is what it comes to in a process.
package struct ConfigurationDocument: Sendable {
    /// Where deliveries are received.
    package private(set) var listen = ListenAddress.standard
    /// The proxies in front that are believed about whom they forward for.
    package private(set) var trustedProxies = TrustedProxies()
    /// The files for TLS; nil for a front door without it.
    package private(set) var tls: TLSFiles?
    /// Where health is answered apart from deliveries; nil for nowhere.
    package private(set) var admin: ListenAddress?
    /// Where deliveries and work are kept; nil where it does not say, or wrongly.
    package private(set) var store: StoreLocation?
    /// How long work belongs to the relay that has begun it.
    package private(set) var leaseSeconds = DeliveryEngine.leaseMilliseconds / 1_000
    /// How long the history is kept.
    package private(set) var historyDays = Retention().historySeconds / 86_400
    /// The senders.
    package private(set) var sources: [SourceDocument] = []
    /// The destinations whose adapter there is, by order of name.
    package private(set) var destinations: [DestinationDocument] = []
    /// The routes in order of precedence.
    package private(set) var routes: [Route] = []
    /// Which severity is worse.
    package private(set) var severities = SeverityOrder()
    /// The addresses that are asked regularly while the relay works.
    package private(set) var heartbeats: [HeartbeatDocument] = []
    /// What people call sites, devices and channels.
    package private(set) var names = NamesDocument()
    /// Where the relay's own troubles are reported.
    package private(set) var trouble = TroubleDocument()
    /// What is allowed and probably a mistake; a sentence each.
    package private(set) var warnings: [String] = []
    /// Everything that is wrong with it, in no particular order.
    package private(set) var faults: [ConfigurationFault] = []
    /// Where each setting was given.
    let places: ConfigurationPlaces

    /// The document that `settings` make.
    ///
    /// - Parameter adapters: The adapters that can be named.
    package init(_ settings: ConfigurationSettings, adapters: [AdapterType]) {
        places = settings.places
        var reader = SettingReader(settings.places, faults: settings.faults)
        let members = reader.object(
            SettingNode(path: "", value: .object(settings.members)),
            names: [
                "listen", "admin", "store", "leaseSeconds", "sources", "destinations", "routes",
                "severityOrder", "defaultSeverity", "trouble", "heartbeats", "names",
                "retention",
            ])
        let door = members["listen"].flatMap { FrontDoorDocument($0, &reader) }
        listen = door?.address ?? listen
        trustedProxies = door?.trustedProxies ?? trustedProxies
        tls = door?.tls
        admin = members["admin"].flatMap { reader.listenAddress($0) }
        store = members["store"].flatMap { Self.store($0, &reader) }
        leaseSeconds =
            reader.integer(members["leaseSeconds"], in: Self.leaseSecondsRange, "seconds") ?? leaseSeconds
        historyDays = Self.historyDays(members["retention"], &reader) ?? historyDays
        sources = SourceDocument.all(members["sources"], &reader)
        destinations = DestinationDocument.all(members["destinations"], adapters: adapters, &reader)
        routes = reader.routes(
            members["routes"], destinations: DestinationDocument.names(members["destinations"]))
        severities = reader.severities(members["severityOrder"], standard: members["defaultSeverity"])
        reader.doubt(routes, at: "routes", severities)
        trouble = TroubleDocument(
            members["trouble"], destinations: DestinationDocument.names(members["destinations"]),
            severities: severities, &reader)
        heartbeats = HeartbeatDocument.all(members["heartbeats"], &reader)
        names = NamesDocument(members["names"], &reader)
        if let admin, admin == listen, admin.port != 0 {
            reader.add("admin", "This is where deliveries are received; name another port.")
        }
        for destination in destinations {
            reader.doubt(destination.delivering.severityMap, at: destination.path, severities)
        }
        (faults, warnings) = (reader.faults, reader.warnings)
    }

    /// Where the store is, also when something else is at fault; the default of `environment` where the
    /// document does not say.
    ///
    /// - Throws: ``ConfigurationFaults`` of the setting `store` alone.
    package func storeLocation(
        in environment: ConfigurationEnvironment
    ) throws(ConfigurationFaults) -> StoreLocation {
        let own = faults.filter { $0.path == "store" }
        guard own.isEmpty else { throw ConfigurationFaults(own) }
        guard let location = store ?? environment.defaultStore else {
            throw ConfigurationFaults([places.fault("", DefaultStore.advice)])
        }
        return location
    }

    private static func historyDays(_ node: SettingNode?, _ reader: inout SettingReader) -> Int? {
        guard let node else { return nil }
        return reader.integer(
            reader.object(node, names: ["historyDays"])["historyDays"], in: historyDaysRange, "days")
    }

    private static func store(_ node: SettingNode, _ reader: inout SettingReader) -> StoreLocation? {
        guard let text = reader.text(node) else { return nil }
        guard let store = StoreLocation(text) else {
            let message =
                text.hasPrefix("postgres")
                ? "Expected \"postgres://USER@HOST/DATABASE\"; in a password, :, /, @ and % are percent-encoded."
                : StoreLocation.fault(of: text)
                    ?? "Expected \"sqlite:PATH\", \"postgres://…\" or \"memory:\"."
            reader.add(node.path, message)
            return nil
        }
        return store
    }

    /// What a lease may be: longer than a request to a vendor takes, and short enough to wait for until
    /// another relay takes over.
    private static let leaseSecondsRange = 15...600
    /// For how long the history can be kept, in days.
    private static let historyDaysRange = 1...3_650
}
