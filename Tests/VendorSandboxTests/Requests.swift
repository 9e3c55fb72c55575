import Foundation
import VendorSandbox

extension SandboxResponse {
    /// The body as an object; empty when it is none.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
}
