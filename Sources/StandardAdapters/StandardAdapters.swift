public import AdapterKit
internal import OpsgenieAdapter
internal import PagerDutyAdapter
public import VendorSandbox

/// The adapters that `opensense-relay` comes with, and their emulators.
public enum StandardAdapters: Sendable {
    /// The adapters, in the order in which people see them.
    public static let all: [AdapterType] = [PagerDuty.type, Opsgenie.type]

    /// The emulators of the adapters' vendors, with nothing in them.
    public static let emulators: [any VendorEmulator] = [PagerDutyEmulator(), OpsgenieEmulator()]
}
