internal import Synchronization

/// How many connections each address has, so that one peer does not take the room of all.
///
/// An IPv6 address counts with its neighbours of the same /64, which one customer has to himself. Addresses
/// of this machine and peers without an address are not counted: they are a proxy's, or the administrator's.
final class AddressCounts: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// Counts a connection unless its address has `max` already.
    func take(_ group: String?, max: Int) -> Bool {
        guard let group else { return true }
        return counts.withLock { counts in
            guard counts[group, default: 0] < max else { return false }
            counts[group, default: 0] += 1
            return true
        }
    }

    func giveBack(_ group: String?) {
        guard let group else { return }
        counts.withLock { counts in
            let left = counts[group, default: 1] - 1
            counts[group] = left > 0 ? left : nil
        }
    }

    /// The addresses that `peer` is counted with; nil where it is not counted.
    static func group(of peer: String) -> String? {
        // A link-local address names its interface behind a percent sign.
        guard let bytes = Libc.addressBytes(String(peer.prefix { $0 != "%" })) else { return nil }
        if bytes.count == 4 { return bytes[0] == 127 ? nil : bytes.map { "\($0)" }.joined(separator: ".") }
        if bytes.dropLast().allSatisfy({ $0 == 0 }), bytes.last == 1 { return nil }
        return stride(from: 0, to: 8, by: 2).map {
            String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16)
        }.joined(separator: ":")
    }
}
