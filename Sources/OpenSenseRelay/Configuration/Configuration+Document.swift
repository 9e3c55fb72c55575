internal import AdapterKit
internal import OpenSenseWebhooks

extension Configuration {
    /// What `document` comes to in `environment`: secrets fetched, adapters made, the default store found.
    ///
    /// - Throws: ``ConfigurationFaults`` with every fault, those of the document too.
    package init(
        _ document: ConfigurationDocument, in environment: ConfigurationEnvironment
    ) throws(ConfigurationFaults) {
        var resolver = ConfigurationResolver(document, environment)
        let sources = document.sources.compactMap { resolver.source($0) }
        let destinations = document.destinations.compactMap { resolver.destination($0) }
        let heartbeats = document.heartbeats.compactMap { resolver.heartbeat($0) }
        let store = resolver.store(document)
        guard resolver.faults.isEmpty, let store else { throw ConfigurationFaults(resolver.faults) }
        self.init(store: store, sources: sources, destinations: destinations, routes: document.routes)
        (listen, admin) = (document.listen, document.admin)
        leaseSeconds = document.leaseSeconds
        self.heartbeats = heartbeats
        warnings = document.warnings + resolver.warnings
    }
}

/// Fetches what a document refers to, and collects what is missing or refused.
private struct ConfigurationResolver {
    private let places: ConfigurationPlaces
    private let environment: ConfigurationEnvironment
    private(set) var faults: [ConfigurationFault]
    private(set) var warnings: [String] = []

    init(_ document: ConfigurationDocument, _ environment: ConfigurationEnvironment) {
        places = document.places
        faults = document.faults
        self.environment = environment
    }

    mutating func store(_ document: ConfigurationDocument) -> StoreLocation? {
        do throws(ConfigurationFaults) { return try document.storeLocation(in: environment) } catch {
            // Those of the setting itself are among the document's.
            faults += error.faults.filter { !faults.contains($0) }
            return nil
        }
    }

    mutating func source(_ source: SourceDocument) -> SourceConfiguration? {
        let secrets = source.secrets.compactMap { secret($0) }
        guard secrets.count == source.secrets.count else { return nil }
        return SourceConfiguration(
            path: source.path, secrets: secrets, tolerance: source.tolerance, staleness: source.staleness,
            strictHeaders: source.strictHeaders)
    }

    /// A heartbeat whose address can be asked.
    mutating func heartbeat(_ heartbeat: HeartbeatDocument) -> HeartbeatConfiguration? {
        guard let setting = heartbeat.url, let url = secret(setting) else { return nil }
        if let fault = HeartbeatDocument.fault(of: url) {
            faults.append(places.fault(setting.path, fault))
            return nil
        }
        if let doubt = HeartbeatDocument.doubt(of: url) { warnings.append("\(setting.path): \(doubt)") }
        return HeartbeatConfiguration(
            url: url, everySeconds: heartbeat.everySeconds, method: heartbeat.method)
    }

    /// A destination whose settings are complete and whose adapter takes them.
    ///
    /// A setting that is missing has a stand-in, so that the adapter sees the others and every fault is found
    /// at once.
    mutating func destination(_ destination: DestinationDocument) -> DestinationConfiguration? {
        var settings = GivenSettings(destination)
        for setting in destination.type.settings where setting.isSecret {
            guard let reference = destination.secrets[setting.name], let secret = secret(reference) else {
                continue
            }
            settings.setSecret(setting.name, secret)
        }
        while true {
            do throws(AdapterSettingError) {
                let adapter = try destination.type.make(settings.all)
                guard settings.isComplete else { return nil }
                var made = DestinationConfiguration(
                    name: destination.name, type: destination.type, adapter: adapter,
                    shownSettings: settings.shown)
                made.delivering = destination.delivering
                return made
            } catch {
                let isComplete = settings.isComplete
                let isWithdrawn = settings.withdraw(error.setting)
                // Of a setting that has a stand-in nothing more can be said: its own fault is named already.
                guard isWithdrawn || isComplete else { return nil }
                let path = "\(destination.path).\(error.setting)"
                let name = places.origins[path]?.name ?? error.setting
                faults.append(places.fault(path, "\(name) \(error.problem)"))
                guard isWithdrawn else { return nil }
            }
        }
    }

    private mutating func secret(_ setting: SecretSetting) -> Secret? {
        do throws(SecretReferenceError) {
            return try setting.reference.secret(
                environment: environment.variables, readFile: environment.readFile)
        } catch {
            faults.append(places.fault(setting.path, error.message))
            return nil
        }
    }
}

/// The settings of a destination, with stand-ins for those that are not given or were refused.
private struct GivenSettings {
    private let type: AdapterType
    private var texts: [String: String]
    private var secrets: [String: Secret] = [:]
    private var given: Set<String>
    /// The settings that may be shown, by name; secrets masked.
    private(set) var shown: [String: String]

    init(_ destination: DestinationDocument) {
        type = destination.type
        texts = destination.texts
        shown = destination.texts
        given = Set(destination.texts.keys)
        for setting in type.settings where !given.contains(setting.name) { standIn(setting.name) }
    }

    var all: AdapterSettings { AdapterSettings(texts: texts, secrets: secrets) }

    /// Whether there is no stand-in.
    var isComplete: Bool { type.settings.allSatisfy { given.contains($0.name) } }

    mutating func setSecret(_ name: String, _ secret: Secret) {
        secrets[name] = secret
        shown[name] = "•••• (fingerprint \(secret.fingerprint))"
        given.insert(name)
    }

    /// Puts a stand-in in the place of a setting; false where there is one, or no such setting.
    mutating func withdraw(_ name: String) -> Bool {
        guard given.remove(name) != nil else { return false }
        standIn(name)
        return true
    }

    private mutating func standIn(_ name: String) {
        guard let index = type.settings.firstIndex(where: { $0.name == name }) else { return }
        if type.settings[index].isSecret {
            secrets[name] = try? Secret(PlaceholderSecret.text(index))
        } else {
            texts[name] = type.settings[index].defaultValue
        }
    }
}
