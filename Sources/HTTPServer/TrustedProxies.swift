internal import ASCIIBytes

/// The proxies that are believed when they say in `X-Forwarded-For` whom they forward for.
package struct TrustedProxies: Sendable, Hashable {
    /// An address with the number of leading bits that count.
    package struct Network: Sendable, Hashable, CustomStringConvertible {
        /// As it was written.
        package let description: String
        private let bytes: [UInt8]
        private let bits: Int

        /// The network of an address such as `10.0.0.1` or `::1`, or of a range such as `10.0.0.0/8`; nil
        /// for anything else, and where bits are set that do not count.
        package init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let bytes = Libc.addressBytes(String(parts[0])) else { return nil }
            let all = bytes.count * 8
            guard parts.count == 1 || parts[1].utf8.allSatisfy(ASCII.isDigit),
                let bits = parts.count == 1 ? all : Int(parts[1]), (0...all).contains(bits)
            else { return nil }
            description = text
            self.bytes = bytes
            self.bits = bits
            guard (bits..<all).allSatisfy({ bytes[$0 / 8] & 0x80 >> ($0 % 8) == 0 }) else { return nil }
        }

        func contains(_ address: [UInt8]) -> Bool {
            address.count == bytes.count
                && (0..<bits).allSatisfy { (address[$0 / 8] ^ bytes[$0 / 8]) & 0x80 >> ($0 % 8) == 0 }
        }
    }

    /// Which they are.
    package let networks: [Network]

    /// None but those in `networks`.
    package init(_ networks: [Network] = []) { self.networks = networks }

    /// Whether `address` is one of them.
    package func contains(_ address: String) -> Bool {
        guard !networks.isEmpty, let bytes = Libc.addressBytes(address) else { return false }
        return networks.contains { $0.contains(bytes) }
    }

    /// Whom a request comes from: the peer, or the last address of `X-Forwarded-For` that no trusted proxy
    /// has itself.
    ///
    /// Each proxy adds the address that it sees at the end. What stands in front of the first one that is not
    /// trusted was written by a stranger.
    package func client(of peer: String, _ fields: RequestFields) -> String {
        guard contains(peer) else { return peer }
        var client = peer
        let values = fields.values(named: "X-Forwarded-For").joined(separator: ",")
        for part in values.split(separator: ",").reversed() {
            let address = String(part.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
            guard Libc.addressBytes(address) != nil else { return client }
            client = address
            guard contains(address) else { return client }
        }
        return client
    }
}
