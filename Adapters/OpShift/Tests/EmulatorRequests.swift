import AdapterKit
import Foundation
import OpShiftEmulator
import OpenSenseWebhooks
import Testing
import VendorSandbox

/// A request that is signed with the emulator's own secret.
func signed(_ target: String, _ body: String, method: String = "POST") -> SandboxRequest {
    let bytes = Array(body.utf8)
    let code = SandboxHMAC.hexadecimal(of: bytes, key: Array(OpShiftEmulator.demoSecret.utf8))
    return SandboxRequest(
        method: method, target: target,
        headers: [
            .init("content-type", "application/json"),
            .init("x-webhook-signature", code ?? ""),
        ], body: bytes)
}

func ping(_ monitor: String, _ body: String = "{}") -> SandboxRequest { signed("/api/ping/\(monitor)", body) }

func alert(_ webhook: String, _ body: String) -> SandboxRequest {
    signed("/api/alerts/trigger/\(webhook)", body)
}

extension SandboxResponse {
    /// The body as an object; empty when it is none.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
    func text(_ name: String) -> String { object[name] as? String ?? "" }
    var monitor: [String: Any] { object["monitor"] as? [String: Any] ?? [:] }
}
