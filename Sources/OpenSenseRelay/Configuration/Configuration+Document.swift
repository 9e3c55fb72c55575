internal import AdapterKit
internal import OpenSenseWebhooks
package import RelayCore

extension Configuration {
    /// How long the store keeps things.
    package var retention: Retention {
        var retention = Retention()
        retention.historySeconds = historyDays * 86_400
        // A sender whose clock is ahead by the tolerance signs a last retry that can be replayed until it is
        // behind by as much.
        let tolerance = sources.map(\.tolerance.seconds).max() ?? 0
        retention.ledgerSeconds = max(
            retention.ledgerSeconds, LedgerRetention.retryHorizonSeconds + 2 * tolerance)
        return retention
    }

    /// What `document` comes to in `environment`: secrets fetched, adapters made, the default store found.
    ///
    /// - Throws: ``ConfigurationFaults`` with every fault, those of the document too.
    package init(
        _ document: ConfigurationDocument, in environment: ConfigurationEnvironment
    ) throws(ConfigurationFaults) {
        var resolver = ConfigurationResolver(document, environment)
        let sources = document.sources.compactMap { resolver.source($0) }
        let destinations = document.destinations.compactMap { resolver.destination($0) }
        resolver.doubt(destinations)
        let heartbeats = document.heartbeats.compactMap { resolver.heartbeat($0) }
        let names = resolver.names(document.names)
        resolver.doubt(document.routes, names)
        let store = resolver.store(document)
        let tls = document.tls.flatMap { resolver.identity($0) }
        guard resolver.faults.isEmpty, let store else { throw ConfigurationFaults(resolver.faults) }
        self.init(store: store, sources: sources, destinations: destinations, routes: document.routes)
        (listen, admin) = (document.listen, document.admin)
        trustedProxies = document.trustedProxies
        self.tls = tls
        leaseSeconds = document.leaseSeconds
        historyDays = document.historyDays
        severities = document.severities
        trouble = document.trouble
        self.heartbeats = heartbeats
        self.names = names
        warnings = document.warnings + resolver.warnings
    }
}

/// Fetches what a document refers to, and collects what is missing or refused.
struct ConfigurationResolver {
    let places: ConfigurationPlaces
    private let environment: ConfigurationEnvironment
    var faults: [ConfigurationFault]
    var warnings: [String] = []

    init(_ document: ConfigurationDocument, _ environment: ConfigurationEnvironment) {
        places = document.places
        faults = document.faults
        self.environment = environment
    }

    mutating func store(_ document: ConfigurationDocument) -> StoreLocation? {
        do throws(ConfigurationFaults) {
            let location = try document.storeLocation(in: environment)
            if case .sqlite(let path) = location { doubtStoreFile(path) }
            return location
        } catch {
            // Those of the setting itself are among the document's.
            faults += error.faults.filter { !faults.contains($0) }
            return nil
        }
    }

    /// Warns of a store that others than its owner and their group can read or write.
    private mutating func doubtStoreFile(_ path: String) {
        guard let permissions = environment.permissions(path), permissions & 0o006 != 0 else { return }
        let what = permissions & 0o002 != 0 ? "write" : "read"
        warnings.append(
            "store: every user of this machine can \(what) \(path), which has what the sender sent: chmod 600."
        )
    }

    /// Warns of a secret's file that every user of the machine can read.
    private mutating func doubtSecretFile(_ setting: SecretSetting) {
        guard case .file(let path) = setting.reference,
            let warning = SecretReference.doubt(path, permissions: environment.permissions(path))
        else { return }
        warnings.append("\(setting.path): \(warning)")
    }

    /// The certificate and key of the front door.
    mutating func identity(_ files: TLSFiles) -> TLSIdentity? {
        if let warning = SecretReference.doubt(files.key, permissions: environment.permissions(files.key)) {
            warnings.append("listen.tls.key: \(warning)")
        }
        do throws(TLSFilesError) {
            return try TLSIdentity(files, readFile: environment.readFile)
        } catch {
            faults.append(places.fault("listen.tls.\(error.setting)", error.message))
            return nil
        }
    }

    /// The names of places, also those in another file.
    mutating func names(_ document: NamesDocument) -> PlaceNames {
        do throws(ConfigurationFaults) {
            return try document.fetched(environment.readFile, at: places)
        } catch {
            faults += error.faults
            return PlaceNames()
        }
    }

    mutating func source(_ source: SourceDocument) -> SourceConfiguration? {
        let secrets = source.secrets.compactMap { secret($0) }
        guard secrets.count == source.secrets.count else { return nil }
        var made = SourceConfiguration(
            path: source.path, secrets: secrets, tolerance: source.tolerance, staleness: source.staleness,
            strictHeaders: source.strictHeaders)
        (made.account, made.expectWithinHours) = (source.account, source.expectWithinHours)
        return made
    }

    /// A heartbeat whose address can be asked.
    mutating func heartbeat(_ heartbeat: HeartbeatDocument) -> HeartbeatConfiguration? {
        guard let setting = heartbeat.url, let url = secret(setting) else { return nil }
        if let fault = HeartbeatDocument.fault(of: url) {
            faults.append(places.fault(setting.path, fault))
            return nil
        }
        if let doubt = HeartbeatDocument.doubt(of: url) { warnings.append("\(setting.path): \(doubt)") }
        var made = HeartbeatConfiguration(
            url: url, everySeconds: heartbeat.everySeconds, method: heartbeat.method)
        if let setting = heartbeat.secret {
            guard let secret = secret(setting) else { return nil }
            (made.secret, made.method) = (secret, .post)
        }
        return made
    }

    mutating func secret(_ setting: SecretSetting) -> Secret? {
        doubtSecretFile(setting)
        do throws(SecretReferenceError) {
            return try setting.reference.secret(
                environment: environment.variables, readFile: environment.readFile)
        } catch {
            faults.append(places.fault(setting.path, error.message))
            return nil
        }
    }
}
