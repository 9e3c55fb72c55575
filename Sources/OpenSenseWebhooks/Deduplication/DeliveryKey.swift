internal import Signing

/// 128 bits of a SHA-256 that stand for a delivery's id.
///
/// Only the sender can choose what is hashed, because the request is authentic before its key is made. A
/// collision therefore needs luck alone: about 1 in 10^21 for a billion deliveries. Equal keys take the same
/// room in a ledger however long the ids are.
public struct DeliveryKey: Sendable, Hashable {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// The key with these 128 bits, for reading one back from a store.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The key of a text that identifies a delivery.
    ///
    /// - Parameter text: An id, with the name of its source where there are several.
    public init(of text: String) {
        // Without libcrypto no signature was verified and nothing gets here.
        guard let digest = try? SHA256.digest(text.utf8.span) else {
            preconditionFailure("libcrypto verified a signature but cannot compute SHA-256.")
        }
        self.init(high: digest.leadingInteger, low: digest.secondInteger)
    }

    /// What identifies an authentic delivery: one key, or two when the sender signed no id.
    ///
    /// The signed id, which the sender repeats on every retry. Without one, both the MAC, which a replay
    /// cannot change, and the header's id, which a retry repeats; a delivery that shares either is a
    /// duplicate.
    ///
    /// - Parameters:
    ///   - signedID: `delivery.id` of the body.
    ///   - headerID: `X-OpenSense-Delivery-Id`, which is not signed.
    ///   - signature: The signature that holds.
    ///   - source: Deliveries of different sources are never duplicates of each other.
    public static func all(
        signedID: String?, headerID: String?, signature: VerifiedSignature, source: String = ""
    ) -> [DeliveryKey] {
        if let signedID { return [DeliveryKey(of: "id\n\(source)\n\(signedID)")] }
        return [DeliveryKey(of: "mac\n\(source)\n\(signature.signatureText)")]
            + (headerID.map { [DeliveryKey(of: "header\n\(source)\n\($0)")] } ?? [])
    }
}

/// The integers of databases are signed: the same bits.
extension DeliveryKey {
    package var signedHigh: Int { Int(Int64(bitPattern: high)) }
    package var signedLow: Int { Int(Int64(bitPattern: low)) }

    package init(signedHigh: Int, signedLow: Int) {
        self.init(high: UInt64(bitPattern: Int64(signedHigh)), low: UInt64(bitPattern: Int64(signedLow)))
    }
}
