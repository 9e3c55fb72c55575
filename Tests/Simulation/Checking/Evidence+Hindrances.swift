internal import AdapterKit

/// What keeps even a faultless relay from sending at once.
extension Evidence {
    /// For how long a vendor that was away is left alone at the most, in milliseconds.
    private static let breakerMilliseconds = 40_000
    /// For how long a vendor may ask for a pause, in milliseconds.
    private static let pauseMilliseconds = 120_000
    /// From how many failing lanes on the vendor may be left alone for a while.
    private static let failingLanesMin = 5
    /// How long an ending relay may take, in milliseconds.
    private static let drainMilliseconds = 16_000

    /// Whether something kept a relay from sending to a vendor in `time`.
    func isHindered(_ vendor: String, _ time: ClosedRange<Int>) -> Bool {
        isRelayHindered(time) || isVendorHindered(vendor, time)
    }

    /// Whether the relay ended or began in `time`, or its disk failed or was slow.
    func isRelayHindered(_ time: ClosedRange<Int>) -> Bool {
        let (from, end) = (time.lowerBound - 10_000, time.upperBound + Self.drainMilliseconds)
        return chronicle.turns.contains { (from...end).contains($0) }
            || hasTrouble([.disk], from...time.upperBound)
    }

    /// Whether the vendor was away, asked for a pause, failed for many lanes, or had all that it may get.
    func isVendorHindered(_ vendor: String, _ time: ClosedRange<Int>) -> Bool {
        hasTrouble([.vendor(vendor)], time.lowerBound - Self.breakerMilliseconds...time.upperBound)
            || isPaused(vendor, time) || isBroken(vendor, time) || isCrowded(vendor, time)
            || isPaceUsedUp(vendor, time)
    }

    /// Whether the vendor did not answer, or refused the credentials, for the whole of `time`.
    func isAway(_ vendor: String, _ time: ClosedRange<Int>) -> Bool {
        chronicle.troubles.contains {
            $0.place == .vendor(vendor) && $0.start <= time.lowerBound && $0.end ?? .max >= time.upperBound
        }
    }

    func hasTrouble(_ places: Set<Chronicle.Trouble.Place>, _ time: ClosedRange<Int>) -> Bool {
        chronicle.troubles.contains {
            places.contains($0.place) && $0.start <= time.upperBound && $0.end ?? .max >= time.lowerBound
        }
    }

    /// The requests to the vendor that began in `time`.
    private func attempts(at vendor: String, _ time: ClosedRange<Int>) -> ArraySlice<Chronicle.Attempt> {
        guard let all = attempts[vendor] else { return [] }
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if all[middle].start < time.lowerBound { low = middle + 1 } else { high = middle }
        }
        return all[low...].prefix { $0.start <= time.upperBound }
    }

    private func isPaused(_ vendor: String, _ time: ClosedRange<Int>) -> Bool {
        attempts(at: vendor, time.lowerBound - Self.pauseMilliseconds...time.upperBound)
            .contains { $0.status == 429 }
    }

    /// Whether so many lanes failed that the vendor as a whole seems to be away.
    private func isBroken(_ vendor: String, _ time: ClosedRange<Int>) -> Bool {
        let failed = attempts(at: vendor, time.lowerBound - 600_000...time.upperBound).filter(\.isFailure)
        return Set(failed.map(\.key)).count >= Self.failingLanesMin
    }

    /// Whether the vendor took so long for as many requests as it gets at once.
    private func isCrowded(_ vendor: String, _ time: ClosedRange<Int>) -> Bool {
        attempts(at: vendor, time.lowerBound - 10_000...time.upperBound)
            .count { $0.end.map { [start = $0.start] in $0 - start > 4_000 } ?? true }
            >= SimulatedVendors.concurrencyMax
    }

    /// Whether opens used up what the vendor takes; or what has begun, where that is asked for its outcome.
    private func isPaceUsedUp(_ vendor: String, _ time: ClosedRange<Int>) -> Bool {
        guard scenario.vendors.hasRateLimit else { return false }
        let isAsked = scenario.vendors.decidesLater && vendor == "second"
        let opens = attempts(at: vendor, time.lowerBound - 20_000...time.upperBound).filter {
            isAsked || event(of: $0.delivery)?.action == .open
        }
        return opens.count >= 3
    }
}
