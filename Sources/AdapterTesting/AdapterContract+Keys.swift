internal import AdapterKit
internal import OpenSenseWebhooks

extension AdapterContract {
    /// An incident has the same name in each of its requests, and different incidents have different ones.
    func keyViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        guard let incidentName, adapter.traits.actions.contains(.open) else { return [] }
        var owners: [String: String] = [:]
        var violations: [ContractViolation] = []
        for incident in Self.incidents {
            let opening = namesOfIncident(requests(adapter, incident.opened, .open), incidentName)
            guard let first = opening.first, let name = first else {
                violations.append(
                    .init(
                        .stableKey, "The request that opens \(incident.name) has no name for it.",
                        fault: "no name"))
                continue
            }
            let state = state(adapter, opening: incident.opened)
            let later = [(incident.opened, .acknowledge), (incident.cleared, .resolve)]
                .flatMap { namesOfIncident(requests(adapter, $0, $1, state: state), incidentName) }
            // With a state the vendor's id may stand in place of a name.
            let names = (opening + later).filter { $0 != nil || state == nil }
            guard names.allSatisfy({ $0 == name }) else {
                violations.append(
                    .init(
                        .stableKey, "The name of \(incident.name) changes from open to resolve.",
                        fault: "changes"))
                continue
            }
            if let owner = owners.updateValue(incident.name, forKey: name) {
                violations.append(
                    .init(
                        .stableKey, "The names of \(owner) and \(incident.name) are the same.", fault: "same")
                )
            }
        }
        return violations
    }

    /// How requests name their incident; what looks for it may do so by other means.
    private func namesOfIncident(
        _ requests: [OutboundRequest], _ name: (OutboundRequest) -> String?
    ) -> [String?] {
        requests.filter { $0.method != .get }.map(name)
    }

    private struct Incident {
        let name: String
        let opened: ContractEvent
        let cleared: ContractEvent

        init(_ name: String, _ opened: String, _ cleared: String, _ parts: JSONObject) {
            self.name = name
            func event(_ kind: String, _ id: String, _ time: String) -> ContractEvent {
                var fields = parts
                fields["kind"] = .string(kind)
                fields["id"] = .string(id)
                fields[time] = "2026-05-17T08:10:00Z"
                return ContractEvent(name, fields: fields)
            }
            self.opened = event(opened, "evt_1", "opened_at")
            self.cleared = event(cleared, "evt_2", "cleared_at")
        }
    }

    private static var incidents: [Incident] {
        let long = String(repeating: "s", count: 600)
        let channels: [(String, JSONObject)] = [
            ("an alarm", ["site_id": "s", "device_id": "d", "channel_id": "c"]),
            ("an alarm of another channel", ["site_id": "s", "device_id": "d", "channel_id": "c2"]),
            ("an alarm whose parts run together", ["site_id": "s/d", "device_id": "c"]),
            ("an alarm whose site is written with a percent sign", ["site_id": "s%2Fd", "device_id": "c"]),
            ("an alarm whose site is written with signs", ["site_id": "s:d=c", "device_id": "c"]),
            ("an alarm without a device", ["site_id": "s", "channel_id": "c"]),
            ("an alarm of a long site", ["site_id": .string(long + "1"), "device_id": "d"]),
            ("an alarm of another long site", ["site_id": .string(long + "2"), "device_id": "d"]),
        ]
        return channels.map { Incident($0, "alarm_opened", "alarm_cleared", $1) }
            + [
                Incident(
                    "a device offline", "device_offline", "device_online", ["site_id": "s", "device_id": "d"])
            ]
    }
}
