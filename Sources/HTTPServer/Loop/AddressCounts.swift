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
        if peer.isEmpty || peer == "::1" || peer.hasPrefix("127.") { return nil }
        let mapped = "::ffff:"
        if peer.hasPrefix(mapped), peer.contains(".") {
            return group(of: String(peer.dropFirst(mapped.count)))
        }
        guard peer.contains(":") else { return peer }
        return prefix(of: peer)
    }

    /// The first four of the eight groups; `::` stands for as many zeros as are missing.
    private static func prefix(of address: String) -> String {
        let sides = address.prefix { $0 != "%" }.split(separator: "::", omittingEmptySubsequences: false)
        var groups = sides[0].split(separator: ":").map(String.init)
        if sides.count > 1 {
            let behind = sides[1].split(separator: ":").map(String.init)
            groups += Array(repeating: "0", count: max(8 - groups.count - behind.count, 0)) + behind
        }
        return groups.prefix(4).joined(separator: ":")
    }
}
