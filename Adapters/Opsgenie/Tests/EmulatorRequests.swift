import Foundation
import Testing
import VendorSandbox

/// Names a row of a table in a test's output.
protocol Row: Sendable, CustomTestStringConvertible {
    var testDescription: String { get }
}

/// A request to the Alert API with a key.
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
    var faults: [String: String] { object["errors"] as? [String: String] ?? [:] }
    var requestID: String { object["requestId"] as? String ?? "" }
}
