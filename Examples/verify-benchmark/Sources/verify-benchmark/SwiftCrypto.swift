import Crypto
import Foundation

/// swift-crypto, as an application would use it for the same task.
enum SwiftCrypto {
    static func contenders(body: [UInt8], header: String, mac: [UInt8]) -> [Contender] {
        let (key, body) = (SymmetricKey(data: Data(Message.secret.utf8)), Data(body))
        let signed = Data("\(Message.timestamp).".utf8) + body
        return [
            Contender(name: Names.swiftCrypto) { verify(body, header, key, now: Message.timestamp) },
            Contender(name: Names.swiftCryptoMAC) {
                HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: signed, using: key)
            },
        ]
    }

    /// The signature's MAC, for everybody to verify.
    static func mac(body: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: Data(Message.secret.utf8))
        let signed = Data("\(Message.timestamp).".utf8) + body
        return Array(HMAC<SHA256>.authenticationCode(for: signed, using: key))
    }

    /// What one writes from the sender's documentation in a few minutes.
    private static func verify(_ body: Data, _ header: String, _ key: SymmetricKey, now: Int) -> Bool {
        var timestamp: Int?
        var signatures: [Data] = []
        for pair in header.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return false }
            switch parts[0] {
            case "t": timestamp = Int(parts[1])
            case "v1": if let mac = Data(base64Encoded: String(parts[1])) { signatures.append(mac) }
            default: continue
            }
        }
        guard let timestamp, abs(now - timestamp) <= 300 else { return false }
        let signed = Data("\(timestamp).".utf8) + body
        return signatures.contains {
            HMAC<SHA256>.isValidAuthenticationCode($0, authenticating: signed, using: key)
        }
    }
}
