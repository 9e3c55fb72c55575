internal import AdapterKit
internal import RelayCore

/// A second account, whose sites and devices may have the ids of the first one's.
enum SecondAccount {
    /// Where its webhook sends to.
    static let path = "/opensense/other"
    static let name = "other"

    /// The key of its incident that stands for `key` in the first account.
    static func key(_ key: String) -> String {
        let domain = key.prefix { $0 != "/" }
        return "\(domain)@\(name)\(key.dropFirst(domain.count))"
    }
}

extension Story {
    /// Has another account's sensor of the same ids live through the same, some time later.
    mutating func addSecondAccount(_ random: inout SeededRandom) {
        for subject in subjects where random.chance(500) {
            let key = SecondAccount.key(subject.key)
            let shift = random.span(1_000...600_000)
            for event in events where event.key == subject.key && event.path == WireRequest.path {
                var other = event
                (other.key, other.path) = (key, SecondAccount.path)
                other.name = event.name.map { "other_\($0)" }
                other.time += shift
                for index in other.times.indices where other.times[index].isUsable {
                    other.times[index].time += shift / 60_000 * 60_000
                }
                events.append(other)
            }
            if untimedKeys.contains(subject.key) { untimedKeys.insert(key) }
            if overlappingKeys.contains(subject.key) { overlappingKeys.insert(key) }
        }
    }
}
