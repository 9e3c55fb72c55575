internal import AdapterKit
internal import RelayCore

/// What people and sensors do beyond an alarm that opens, is acknowledged and clears.
extension Story {
    /// Adds everything that `habits` ask for.
    mutating func add(
        _ habits: Scenario.Habits, _ bounds: Scenario.StoryBounds, from start: Int,
        _ random: inout SeededRandom
    ) {
        addSensors(habits, bounds, start, &random)
        if habits.hasSeverities { drawSeverities(&random) }
        overlap(habits.overlaps, &random)
        for subject in subjects {
            for open in events.filter({ $0.key == subject.key && $0.action == .open }) {
                if random.chance(habits.repetitions) { reportAgain(open, subject, habits, &random) }
            }
            for ack in events.filter({ $0.key == subject.key && $0.action == .acknowledge }) {
                if subject.style == .both, random.chance(habits.reopenings) { reopen(ack, &random) }
            }
        }
        for subject in subjects where random.chance(habits.oddTimes) { bendTimes(of: subject, &random) }
        for subject in subjects where random.chance(habits.webhooks) {
            reportTwice(subject, &random)
        }
        if habits.hasSecondAccount { addSecondAccount(&random) }
        order()
    }

    /// When the alarm of `event` is over; nil for one that never is.
    func end(of event: StoryEvent) -> Int? {
        events.first { $0.key == event.key && $0.episode == event.episode && $0.action == .resolve }?.time
    }

    // MARK: Severities

    private mutating func drawSeverities(_ random: inout SeededRandom) {
        for index in events.indices {
            if events[index].action == .open {
                events[index].severity = random.pick(Severity.ranked + Severity.ranked + [nil, .unheardOf])
            } else if random.chance(300) {
                events[index].severity = random.pick([nil, .warning])
            }
        }
    }

    /// The same alarm in further deliveries, by the same event or by another, as bad as before or not.
    private mutating func reportAgain(
        _ open: StoryEvent, _ subject: Subject, _ habits: Scenario.Habits, _ random: inout SeededRandom
    ) {
        let end = min(end(of: open) ?? .max, open.time + 4 * 3_600_000)
        var time = open.time
        for _ in 0..<random.between(1...3) {
            let longest = end - time - 1
            guard longest > 400 else { return }
            time += random.span(200...longest)
            var again = open
            (again.time, again.occasion) = (min(time, end - 1), .again)
            if habits.hasSeverities {
                again.severity = random.pick(Severity.ranked + [open.severity, nil])
                // An unknown word is a severity at the open alone.
                if again.severity == .unheardOf { again.severity = .alarm }
            }
            if random.chance(400) { again.name = share(open) }
            events.append(again)
        }
    }

    /// Gives the event an id that does not follow from its number, so that others can have it, too.
    private mutating func share(_ event: StoryEvent) -> String {
        guard
            let index = events.firstIndex(where: {
                $0.key == event.key && $0.kind == event.kind && $0.time == event.time && $0.path == event.path
                    && $0.occasion == event.occasion
            })
        else { preconditionFailure("The event is not in the story.") }
        let name = events[index].name ?? "evt_shared_\(index)"
        events[index].name = name
        return name
    }

    /// The alarm goes on although a person has acknowledged it, and is reported once or twice.
    private mutating func reopen(_ ack: StoryEvent, _ random: inout SeededRandom) {
        let ofEpisode = events.filter { $0.key == ack.key && $0.episode == ack.episode }
        guard let open = ofEpisode.first(where: { $0.action == .open && $0.occasion == .first }) else {
            return
        }
        let end = min(end(of: ack) ?? .max, ack.time + 2 * 3_600_000)
        var time = ack.time + 1_000
        for _ in 0..<random.between(1...2) where end - time > 2_000 {
            time += random.span(1_000...(end - time - 1))
            guard time < end else { return }
            var again = open
            (again.time, again.occasion, again.name) = (time, .reopened, nil)
            let isWhole = subjects.first { $0.key == ack.key }?.isWholeSeconds ?? false
            // Cut like the other times: the clear that follows is not to name an earlier one.
            let sent = isWhole ? time / 1_000 * 1_000 : time
            let acked = ack.reference ?? ack.time
            again.times.append(StoryTime(field: "reopened_at", time: max(sent, acked + 1)))
            events.append(again)
        }
    }

    // MARK: Overlaps

    /// Has some alarms end only after the next one of their sensor began.
    ///
    /// Only where a clear says which alarm it ends.
    private mutating func overlap(_ perMille: Int, _ random: inout SeededRandom) {
        for index in events.indices where events[index].action == .resolve {
            let clear = events[index]
            guard let subject = subjects.first(where: { $0.key == clear.key }), subject.style == .both,
                let episode = clear.episode, random.chance(perMille),
                let next = events.first(where: {
                    $0.key == clear.key && $0.episode == episode + 1 && $0.action == .open
                })
            else { continue }
            let end = min(self.end(of: next) ?? .max, next.time + 3_600_000)
            guard end - next.time > 5_000 else { continue }
            let time = next.time + random.between(1_500...(end - next.time - 1_500))
            let sent = subject.isWholeSeconds ? time / 1_000 * 1_000 : time
            events[index].time = time
            for place in events[index].times.indices where events[index].times[place].field != "opened_at" {
                events[index].times[place].time = sent
            }
            overlappingKeys.insert(clear.key)
        }
    }

    // MARK: Two webhooks

    /// Everything about the sensor is reported by a second webhook of the same account, too.
    private mutating func reportTwice(_ subject: Subject, _ random: inout SeededRandom) {
        let ofSensor = events.filter { $0.key == subject.key }
        for event in ofSensor {
            var twin = event
            (twin.path, twin.name) = (WireRequest.secondPath, share(event))
            let next = ofSensor.lazy.map(\.time).filter { $0 > event.time }.min() ?? .max
            // Without times the order of acceptance decides: the twin has to come before what comes next.
            let gap = untimedKeys.contains(subject.key) ? (next - event.time) / 2 : .max
            twin.time += random.between(0...min(2_000, gap))
            events.append(twin)
        }
    }
}
