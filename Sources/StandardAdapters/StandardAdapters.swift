public import AdapterKit
internal import BetterStackAdapter
internal import BetterStackEmulator
internal import OpShiftAdapter
internal import OpShiftEmulator
internal import OpsgenieAdapter
internal import OpsgenieEmulator
internal import PagerDutyAdapter
internal import PagerDutyEmulator
public import VendorSandbox
internal import WebhookAdapter
internal import WebhookEmulator

/// The adapters that `opensense-relay` comes with, and their emulators.
public enum StandardAdapters: Sendable {
    /// The adapters, in the order in which people see them.
    public static let all: [AdapterType] = list.map(\.adapter)

    /// The emulators of the adapters' vendors, with nothing in them, in the same order.
    public static let emulators: [any VendorEmulator] = list.map(\.emulator)

    /// The only list: one line for each adapter.
    private static let list: [(adapter: AdapterType, emulator: any VendorEmulator)] = [
        (PagerDuty.type, PagerDutyEmulator()),
        (JiraServiceManagement.type, OpsgenieEmulator.jiraServiceManagement),
        (Opsgenie.type, OpsgenieEmulator()),
        (BetterStack.type, BetterStackEmulator()),
        (BetterStackIncidents.type, BetterStackIncidentsEmulator()),
        (OpShift.type, OpShiftEmulator()),
        (Webhook.type, WebhookEmulator()),
    ]
}
