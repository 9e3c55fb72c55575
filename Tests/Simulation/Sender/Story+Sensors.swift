internal import RelayCore

/// Sensors of a special kind.
extension Story {
    mutating func addSensors(
        _ habits: Scenario.Habits, _ bounds: Scenario.StoryBounds, _ start: Int,
        _ random: inout SeededRandom
    ) {
        if habits.hasNumericChannels { addNumericChannels(bounds, start, &random) }
        for number in 0..<habits.flapping {
            flap(number, at: start + random.between(0...bounds.milliseconds), &random)
        }
        for _ in 0..<habits.storms {
            storm(at: start + random.between(0...max(bounds.milliseconds - 120_000, 0)), &random)
        }
    }

    private func sensor(_ device: String, _ channel: String) -> Subject {
        Subject(
            key: "alarm/site_0/\(device)/\(channel)", site: "site_0", device: device, channel: channel,
            open: "alarm_opened", clear: "alarm_cleared", style: .both, isWholeSeconds: false)
    }

    /// One alarm that says of each event when it was.
    private mutating func addAlarm(
        _ sensor: Subject, _ episode: Int, opened: Int, cleared: Int?, isNumeric: Bool = false
    ) {
        func add(_ kind: String, _ time: Int, _ times: [StoryTime]) {
            var event = StoryEvent(
                key: sensor.key, site: sensor.site, device: sensor.device, channel: sensor.channel,
                kind: kind, episode: episode, time: time, times: times)
            event.hasNumericChannel = isNumeric
            events.append(event)
        }
        let opening = StoryTime(field: "opened_at", time: opened)
        add(sensor.open, opened, [opening])
        guard let cleared else { return }
        add(sensor.clear, cleared, [opening, StoryTime(field: "cleared_at", time: cleared)])
    }

    /// Two channels of one device, whose ids are 7 and 8.
    private mutating func addNumericChannels(
        _ bounds: Scenario.StoryBounds, _ start: Int, _ random: inout SeededRandom
    ) {
        for channel in ["7", "8"] {
            let subject = sensor("dev_numbered", channel)
            follow(subject)
            var time = start + random.between(0...bounds.milliseconds / 2)
            for episode in 0..<random.between(1...2) {
                let cleared = time + random.span(500...max(bounds.milliseconds / 4, 1_000))
                let isOver = random.chance(800)
                addAlarm(subject, episode, opened: time, cleared: isOver ? cleared : nil, isNumeric: true)
                guard isOver else { break }
                time = cleared + random.span(500...max(bounds.milliseconds / 4, 1_000))
            }
        }
    }

    /// Alarms that open and clear faster than a vendor answers.
    private mutating func flap(_ number: Int, at start: Int, _ random: inout SeededRandom) {
        let subject = sensor("dev_flapping", "chn_\(number)")
        flappingKeys.insert(subject.key)
        var time = start
        let episodes = random.between(5...15)
        let endsOpen = random.chance(400)
        for episode in 0..<episodes {
            let cleared = time + random.span(20...2_000)
            addAlarm(
                subject, episode, opened: time,
                cleared: endsOpen && episode == episodes - 1 ? nil : cleared)
            time = cleared + random.span(20...2_000)
        }
    }

    /// Within a minute 100 to 200 remarks, and in the midst of them a few alarms.
    private mutating func storm(at start: Int, _ random: inout SeededRandom) {
        for number in 0..<random.between(100...200) {
            let time = start + random.between(0...60_000)
            let device = "dev_stormy_\(random.between(0...29))"
            let kind = random.pick(["report_ready", "report_ready", "silence_opened", "silence_closed"])
            let isReport = kind == "report_ready"
            let name = "evt_stormy_\(number)"
            var remark = StoryEvent(
                key: isReport ? "report/\(name)" : "silence/site_0/\(device)/", site: "site_0",
                device: device, channel: nil, kind: kind, episode: nil, time: time,
                times: [StoryTime(field: "occurred_at", time: time)])
            remark.name = name
            events.append(remark)
        }
        for number in 0..<random.between(1...3) {
            let time = start + random.between(5_000...90_000)
            let subject = sensor("dev_stormy", "chn_\(number)")
            addAlarm(
                subject, 0, opened: time,
                cleared: random.chance(500) ? time + random.span(60_000...1_800_000) : nil)
        }
    }
}
