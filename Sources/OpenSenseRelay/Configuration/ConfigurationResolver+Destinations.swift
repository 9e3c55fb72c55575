internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore

extension ConfigurationResolver {
    /// A destination whose settings are complete and whose adapter takes them.
    ///
    /// A setting that is missing has a stand-in, so that the adapter sees the others and every fault is found
    /// at once.
    mutating func destination(_ destination: DestinationDocument) -> DestinationConfiguration? {
        var settings = GivenSettings(destination)
        for setting in destination.type.settings where setting.isSecret {
            let references = destination.secrets[setting.name] ?? []
            let secrets = references.compactMap { secret($0) }
            if secrets.count == references.count { settings.setSecrets(setting.name, secrets) }
        }
        while true {
            do throws(AdapterSettingError) {
                let adapter = try destination.type.make(settings.all)
                guard settings.isComplete else { return nil }
                return made(destination, settings, adapter)
            } catch {
                let isComplete = settings.isComplete
                let isWithdrawn = settings.withdraw(error.setting)
                // Of a setting that has a stand-in nothing more can be said: its own fault is named already.
                guard isWithdrawn || isComplete else { return nil }
                refuse(error, at: destination.path(of: error.setting))
                guard isWithdrawn else { return nil }
            }
        }
    }

    private mutating func refuse(_ error: AdapterSettingError, at path: String) {
        let name = places.origins[path]?.name ?? error.setting
        faults.append(places.fault(path, "\(name) \(error.problem)"))
    }

    /// The destination, with an adapter for each place at which it has opened incidents before, and with its
    /// other credentials for when the first are refused.
    private mutating func made(
        _ destination: DestinationDocument, _ settings: GivenSettings, _ adapter: any IncidentAdapter
    ) -> DestinationConfiguration? {
        let type = destination.type
        guard takesEveryValue(destination, settings) else { return nil }
        let (places, credentials) = (settings.choices(.identifies), settings.choices(.authenticates))
        guard places.count <= SettingReader.secretValuesMax,
            credentials.count <= SettingReader.secretValuesMax
        else {
            let most = "at most \(SettingReader.secretValuesMax) combinations can be tried."
            faults.append(
                self.places.fault(destination.path, "Its lists of secrets are too long together: \(most)"))
            return nil
        }
        var made = DestinationConfiguration(
            name: destination.name, type: type, adapter: adapter, shownSettings: settings.shown)
        made.delivering = destination.delivering
        made.authorities = settings.all.authorities(type)
        do {
            made.vendor = try type.vendor(of: settings.all)
            for (index, place) in places.enumerated() {
                let all = settings.all.replacing(place)
                let adapters = try credentials.map { try type.make(all.replacing($0)) }
                let adapter = adapters.count == 1 ? adapters[0] : CredentialFallback(adapters)
                let fingerprint = try type.identity(of: all)
                if index == 0 {
                    (made.adapter, made.fingerprint) = (adapter, fingerprint)
                } else if fingerprint != made.fingerprint {
                    made.earlierAdapters[fingerprint] = adapter
                }
            }
        } catch {
            faults.append(self.places.fault(destination.path, "\(error)"))
            return nil
        }
        return made
    }

    /// Whether the adapter takes the later values of each list, too; a fault for each that it refuses.
    private mutating func takesEveryValue(
        _ destination: DestinationDocument, _ settings: GivenSettings
    ) -> Bool {
        let before = faults.count
        for (name, secrets) in settings.values.sorted(by: { $0.key < $1.key }) {
            for (index, secret) in secrets.enumerated().dropFirst() {
                do throws(AdapterSettingError) {
                    _ = try destination.type.make(settings.all.replacing([name: secret]))
                } catch { refuse(error, at: destination.path(of: error.setting, index)) }
            }
        }
        return faults.count == before
    }

    // MARK: Doubts

    /// Warns of destinations that do not do what a person would expect of their settings.
    mutating func doubt(_ destinations: [DestinationConfiguration]) {
        for destination in destinations {
            let path = "destinations.\(destination.name)"
            warnings += destination.adapter.advice.map { "\(path): \($0)" }
            if destination.delivering.onWorse == .page, destination.adapter.traits.pagesAgain == .never {
                warnings.append(
                    "\(path).onWorse: \(destination.type.title) does not page again for an incident that is open; "
                        + "one that gets worse is only updated.")
            }
            if !destination.delivering.severityMap.isEmpty, !destination.adapter.traits.usesWording {
                warnings.append(
                    "\(path).severityMap: has no effect, as the event is sent on as it came; set \"payload\"."
                )
            }
            guard let other = destinations.first(where: { $0.name == destination.delivering.failover }) else {
                continue
            }
            if other.vendor != nil, other.vendor == destination.vendor {
                warnings.append(
                    "\(path).failover: \"\(other.name)\" has the same credentials; what is refused here is refused there."
                )
            } else if !other.authorities.isDisjoint(with: destination.authorities) {
                warnings.append(
                    "\(path).failover: \"\(other.name)\" is at the same host; when that is down, neither has the alarm."
                )
            }
        }
    }
}
