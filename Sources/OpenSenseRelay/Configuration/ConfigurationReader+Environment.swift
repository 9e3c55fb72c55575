internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore

extension ConfigurationReader {
    /// The variable that holds the sender's secret where there is no configuration file.
    package static let secretVariable = "OPENSENSE_SECRET"

    /// The configuration in environment variables alone: the secret, and a destination for every adapter whose
    /// required variables are set, named after the adapter.
    ///
    /// - Throws: ``ConfigurationFaults`` with every fault.
    package mutating func configurationFromEnvironment() throws(ConfigurationFaults) -> Configuration {
        faults = []
        outline = nil
        var sources: [SourceConfiguration] = []
        do throws(SecretReferenceError) {
            let reference = SecretReference.environment(name: Self.secretVariable)
            sources = [.init(secrets: [try reference.secret(environment: environment, readFile: readFile)])]
        } catch {
            add(
                "",
                "\(error.message) Set \(Self.secretVariable) to the webhook's secret, or name a configuration file."
            )
        }
        let destinations = adapters.compactMap { destinationFromEnvironment($0) }
        if destinations.isEmpty, !adapters.contains(where: isMentioned) {
            let variables = adapters.flatMap(\.settings).filter(\.isSecret).map(\.environmentVariable)
            add(
                "",
                "There is no destination: set \(variables.joined(separator: " or ")), or name a configuration file."
            )
        }
        let store = DefaultStore.location(environment, isRoot: isRoot)
        if store == nil { add("", DefaultStore.advice) }
        guard faults.isEmpty, let store else { throw sortedFaults() }
        return Configuration(
            store: store, sources: sources, destinations: destinations,
            routes: [Route(destinations: destinations.map(\.name))])
    }

    /// Whether the environment asks for an adapter, rightly or not.
    private func isMentioned(_ type: AdapterType) -> Bool {
        type.settings.contains { $0.isSecret && environment[$0.environmentVariable] != nil }
    }

    private mutating func destinationFromEnvironment(_ type: AdapterType) -> DestinationConfiguration? {
        var (texts, secrets, shown): ([String: String], [String: Secret], [String: String]) = ([:], [:], [:])
        for setting in type.settings {
            let value = environment[setting.environmentVariable]
            if setting.isSecret {
                guard let value, let secret = try? Secret(value) else { return nil }
                secrets[setting.name] = secret
                shown[setting.name] = "•••• (fingerprint \(secret.fingerprint))"
            } else {
                guard let text = value ?? setting.defaultValue else { return nil }
                texts[setting.name] = text
                shown[setting.name] = text
            }
        }
        let settings = AdapterSettings(texts: texts, secrets: secrets)
        return make(type.name, type, settings, shown, at: "")
    }
}

/// Where the store is when nobody says.
enum DefaultStore {
    static let advice =
        "There is no place for the store: set XDG_STATE_HOME or HOME, or name one with --store."

    /// `$XDG_STATE_HOME/opensense-relay/`, `~/.local/state/opensense-relay/`, or for root
    /// `/var/lib/opensense-relay/`.
    ///
    /// - Source: XDG Base Directory Specification 0.8.
    static func location(_ environment: [String: String], isRoot: Bool) -> StoreLocation? {
        let folder: String
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            folder = state
        } else if isRoot {
            folder = "/var/lib"
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            folder = home + "/.local/state"
        } else {
            return nil
        }
        return .sqlite(path: folder + "/opensense-relay/relay.db")
    }
}
