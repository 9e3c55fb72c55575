import Foundation
import Testing
import VendorSandbox

/// Names a row of a table in a test's output.
protocol Row: Sendable, CustomTestStringConvertible {
    var testDescription: String { get }
}

let routingKey = "0123456789abcdef0123456789abcdef"
let otherRoutingKey = "fedcba9876543210fedcba9876543210"

/// A PagerDuty event; `changes` replaces top-level fields, and a nil takes one away.
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

/// A request to Opsgenie with a key.
func alert(_ path: String = "", _ fields: [String: Any]) -> SandboxRequest {
    post("/v2/alerts\(path)", fields, headers: [genieKey])
}

let genieKey = HeaderField("authorization", "GenieKey some-key")

func post(_ target: String, _ fields: [String: Any], headers: [HeaderField] = []) -> SandboxRequest {
    let body = (try? JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)) ?? Data()
    return SandboxRequest(method: "POST", target: target, headers: headers, body: Array(body))
}

extension SandboxResponse {
    /// The body as an object; empty when it is none.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
    var errors: [String] { object["errors"] as? [String] ?? [] }
    var faults: [String: String] { object["errors"] as? [String: String] ?? [:] }
    var requestID: String { object["requestId"] as? String ?? "" }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Seed: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
