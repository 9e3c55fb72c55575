internal import RelayCore

/// Times that say nothing, or say it in another way.
extension Story {
    private enum Oddity: CaseIterable {
        case missing, sentinel, sometimesSentinel, ahead, writing, minutes
    }

    /// The furthest that a device's clock is ahead of the sender's, in milliseconds.
    private static let aheadMillisecondsMax = 600_000

    /// Gives the events of one sensor odd times.
    mutating func bendTimes(of subject: Subject, _ random: inout SeededRandom) {
        let places = events.indices.filter { events[$0].key == subject.key }
        guard !overlappingKeys.contains(subject.key), !places.isEmpty else { return }
        switch random.pick(Oddity.allCases) {
        case .missing:
            untimedKeys.insert(subject.key)
            for place in places { events[place].times = [] }
        case .sentinel:
            untimedKeys.insert(subject.key)
            let sentinel = random.pick(StoryTime.sentinels)
            for place in places { replaceTimes(place, with: sentinel) }
        case .sometimesSentinel:
            untimedKeys.insert(subject.key)
            for place in places where random.chance(400) {
                replaceTimes(place, with: random.pick(StoryTime.sentinels))
            }
        case .ahead:
            guard subject.style == .both else { return }
            let ahead = random.between(1_000...Self.aheadMillisecondsMax)
            for place in places {
                for index in events[place].times.indices { events[place].times[index].time += ahead }
            }
        case .writing:
            for place in places {
                for index in events[place].times.indices {
                    events[place].times[index].writing = random.pick([
                        .usual, .lowerCase, .blank, .offset, .comma,
                    ])
                }
            }
        case .minutes: cutToMinutes(places)
        }
    }

    private mutating func replaceTimes(_ place: Int, with sentinel: Int) {
        events[place].times = [StoryTime(field: "opened_at", time: sentinel)]
    }

    /// Leaves the seconds out, where the alarms of the sensor are far enough apart.
    private mutating func cutToMinutes(_ places: [Int]) {
        let minute = 60_000
        let sorted = places.map { events[$0] }.sorted { $0.time < $1.time }
        for (first, second) in zip(sorted, sorted.dropFirst()) where first.episode != second.episode {
            guard second.time - first.time > 2 * minute else { return }
        }
        guard !sorted.contains(where: { $0.occasion == .reopened }) else { return }
        for place in places {
            for index in events[place].times.indices {
                events[place].times[index].time = events[place].times[index].time / minute * minute
                events[place].times[index].writing = .minutes
            }
        }
    }
}
