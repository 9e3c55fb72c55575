import AdapterKit
import AdapterTesting
import Foundation
import OpenSenseWebhooks
import Testing
import VendorSandbox

/// Names a row of a table in a test's output.
protocol Row: Sendable, CustomTestStringConvertible {
    var testDescription: String { get }
}

let bearer = HeaderField("authorization", "Bearer some-token")

/// A request with a JSON body, with the token of the incidents API unless it says otherwise.
func post(_ target: String, _ fields: [String: Any], _ authorization: HeaderField = bearer) -> SandboxRequest
{
    let body = (try? JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)) ?? Data()
    return SandboxRequest(
        method: "POST", target: target, headers: [authorization, .init("content-type", "application/json")],
        body: Array(body))
}

func get(_ target: String) -> SandboxRequest {
    SandboxRequest(method: "GET", target: target, headers: [bearer])
}

extension SandboxResponse {
    /// The body as an object; empty when it is none.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
    /// The ids of a list.
    var ids: [String] { (object["data"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String } }
    /// The id of an incident.
    var id: String? { (object["data"] as? [String: Any])?["id"] as? String }
    /// The faults of a 422, each field's first.
    var faults: [String: String] {
        (object["errors"] as? [String: [String]] ?? [:]).compactMapValues(\.first)
    }
}

/// An update of an alarm, as an event of the documentation brings it.
func alarm(_ action: IncidentUpdate.Action, channel: String = "c") throws -> IncidentUpdate {
    let body =
        #"{"event":{"kind":"alarm_opened","site_id":"s","device_id":"d","channel_id":"\#(channel)"}}"#
    return try #require(ContractEvent("", body: body).update(action))
}
