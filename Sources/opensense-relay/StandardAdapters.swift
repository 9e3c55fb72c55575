internal import AdapterKit
internal import OpsgenieAdapter
internal import PagerDutyAdapter

/// The adapters that this executable has, in the order in which people see them.
enum StandardAdapters {
    static let all: [AdapterType] = [PagerDuty.type, Opsgenie.type]
}
