import CFloor
import Foundation

/// libcrypto called from C: the MAC and its comparison, without a header to parse.
///
/// `OpaquePointer` for a C object that is never released: it is needed until the process ends.
@safe struct Floor {
    private let floor: OpaquePointer

    /// The loaded libcrypto, as it names itself.
    static var library: String { unsafe String(cString: floor_library()) }

    init() {
        let key = Array(Message.secret.utf8)
        guard let created = unsafe floor_create(key, key.count) else { fatalError("libcrypto failed.") }
        unsafe floor = created
    }

    /// The floors for `body`, whose MAC is `mac`.
    func contenders(body: [UInt8], mac: [UInt8]) -> [Contender] {
        let prefix = Array("\(Message.timestamp).".utf8)
        // The arrays live as long as the calls; `mac` has the 32 bytes that are compared.
        precondition(mac.count == 32, "HMAC-SHA-256 has 32 bytes.")
        return [
            Contender(name: Names.floor) {
                unsafe floor_verify_evp(floor, prefix, prefix.count, body, body.count, mac) == 1
            },
            Contender(name: Names.lowLevelFloor) {
                unsafe floor_verify_low_level(floor, prefix, prefix.count, body, body.count, mac) == 1
            },
        ]
    }
}
