import OpShiftClient
import OpenSenseWebhooks

/// The calls of OpShift's Python SDK.
struct OpShiftCalls {
    let secret: String

    func all() async throws {
        // snippet: making
        let opshift = try OpShift(secret: secret)
        // snippet end

        // snippet: ping
        try await opshift.ping("payments-worker", status: .down, reason: "stripe-timeout")
        // snippet end

        // snippet: alert
        let alert = try await opshift.alert(
            "deploy-failures", title: "Deploy failed: api-gateway", severity: .sev1,
            metadata: ["commit": "a1b2c3"])
        if alert.status == .filtered { print("suppressed: \(alert.reason ?? "-")") }
        // snippet end

        // snippet: errors
        do { try await opshift.ping("monitor-id") } catch let error as OpShiftError {
            print(error.statusCode ?? -1, error, error.body ?? "no JSON")
        }
        // snippet end
    }
}
