public import AdapterKit
internal import OpsgenieAdapter
internal import PagerDutyAdapter

/// The adapters that `opensense-relay` comes with.
public enum StandardAdapters: Sendable {
    /// The adapters, in the order in which people see them.
    public static let all: [AdapterType] = [PagerDuty.type, Opsgenie.type]
}
