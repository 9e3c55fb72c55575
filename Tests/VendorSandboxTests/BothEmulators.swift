import VendorSandbox

extension VendorEmulators {
    /// The two standard emulators, PagerDuty first.
    init(pagerDuty: PagerDutyEmulator = .init(), opsgenie: OpsgenieEmulator = .init()) {
        self.init([pagerDuty, opsgenie])
    }
}
