import Foundation
import Testing
import VendorSandbox

/// Names a row of a table in a test's output.
protocol Row: Sendable, CustomTestStringConvertible {
    var testDescription: String { get }
}

let routingKey = "0123456789abcdef0123456789abcdef"
let otherRoutingKey = "fedcba9876543210fedcba9876543210"

/// An event; `changes` replaces top-level fields, and a nil takes one away.
func enqueue(_ action: String, key: String? = "k", _ changes: [String: Any?] = [:]) -> SandboxRequest {
    var fields: [String: Any] = ["routing_key": routingKey, "event_action": action]
    fields["dedup_key"] = key
    if action == "trigger" { fields["payload"] = payload() }
    for (name, value) in changes { fields[name] = value }
    return post("/v2/enqueue", fields)
}

func payload(_ changes: [String: Any?] = [:]) -> [String: Any] {
    var fields: [String: Any] = ["summary": "Too warm", "source": "dev_1", "severity": "critical"]
    for (name, value) in changes { fields[name] = value }
    return fields
}

func post(_ target: String, _ fields: [String: Any]) -> SandboxRequest {
    let body = (try? JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)) ?? Data()
    return SandboxRequest(method: "POST", target: target, body: Array(body))
}

extension SandboxResponse {
    /// The body as an object; empty when it is none.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
    var errors: [String] { object["errors"] as? [String] ?? [] }
}
