internal import RelayCore

/// What happens at the sensors, from the first event to the last.
struct Story {
    var events: [StoryEvent] = []
    /// The keys of which some events have no time: for them the order of acceptance decides.
    var untimedKeys: Set<String> = []
    /// The keys of which one alarm began before another one had ended.
    var overlappingKeys: Set<String> = []
    /// The keys whose alarms come faster than a vendor answers.
    var flappingKeys: Set<String> = []
    /// What the alarms are about.
    private(set) var subjects: [Subject] = []

    /// One kind of incident of one sensor.
    struct Subject {
        let key: String, site: String, device: String, channel: String?
        let open: String, clear: String
        let style: TimeStyle
        let isWholeSeconds: Bool
    }

    init(_ scenario: Scenario.StoryBounds, from start: Int, _ random: inout SeededRandom) {
        for sensor in 0..<scenario.sensors {
            let isConnectivity = random.chance(250)
            let site = "site_\(sensor % 2)"
            let device = "dev_\(sensor)"
            let subject = Subject(
                key: isConnectivity
                    ? "connectivity/\(site)/\(device)" : "alarm/\(site)/\(device)/chn_\(sensor)",
                site: site, device: device, channel: isConnectivity ? nil : "chn_\(sensor)",
                open: isConnectivity ? "device_offline" : "alarm_opened",
                clear: isConnectivity ? "device_online" : "alarm_cleared",
                style: random.pick(TimeStyle.allCases), isWholeSeconds: random.chance(700))
            subjects.append(subject)
            if subject.style == .sometimesNone { untimedKeys.insert(subject.key) }
            addEpisodes(subject, scenario, start, &random)
            if random.chance(200) { remark(subject, start + random.between(0...scenario.milliseconds)) }
        }
        order()
    }

    /// Has a sensor reported in every way that the others are.
    mutating func follow(_ subject: Subject) { subjects.append(subject) }

    /// Puts the events in the order of time and numbers them.
    mutating func order() {
        events.sort { ($0.time, $0.key, $0.kind, $0.path) < ($1.time, $1.key, $1.kind, $1.path) }
        for index in events.indices { events[index].number = index }
    }

    private mutating func addEpisodes(
        _ subject: Subject, _ scenario: Scenario.StoryBounds, _ start: Int, _ random: inout SeededRandom
    ) {
        let episodes = random.between(1...scenario.episodesMax)
        let share = scenario.milliseconds / episodes
        var time = start + random.between(0...share)
        for episode in 0..<episodes {
            let opened = time
            add(subject, subject.open, episode, at: opened, opened: opened, field: "opened_at", &random)
            let isLast = episode == episodes - 1
            if isLast, random.chance(300) {
                if random.chance(500), subject.channel != nil {
                    time += random.span(1_000...600_000)
                    add(subject, "alarm_ack", episode, at: time, opened: opened, field: "acked_at", &random)
                }
                return
            }
            let cleared = opened + random.span(200...max(share, 400))
            if random.chance(400), subject.channel != nil {
                let acked = opened + random.between(0...cleared - opened)
                add(subject, "alarm_ack", episode, at: acked, opened: opened, field: "acked_at", &random)
            }
            let field = subject.channel == nil ? "online_at" : "cleared_at"
            add(subject, subject.clear, episode, at: cleared, opened: opened, field: field, &random)
            // An alarm that repeats its opening time can be distinguished from the one that ended in the same
            // second; where a clear puts its own time into `opened_at`, two seconds do. Two alarms that began
            // in one second cannot be distinguished.
            let gap = subject.style == .both || !subject.isWholeSeconds ? 50 : 2_000
            time = max(cleared + random.span(gap...max(share, gap * 2)), (opened / 1_000 + 1) * 1_000)
        }
    }

    private mutating func add(
        _ subject: Subject, _ kind: String, _ episode: Int, at time: Int, opened: Int, field: String,
        _ random: inout SeededRandom
    ) {
        func sentTime(_ time: Int) -> Int { subject.isWholeSeconds ? time / 1_000 * 1_000 : time }
        let hasNone = subject.style == .sometimesNone && random.chance(300)
        let times: [(String, Int)] =
            switch subject.style {
            case _ where hasNone: []
            case _ where field == "opened_at": [("opened_at", sentTime(opened))]
            case .both, .sometimesNone: [("opened_at", sentTime(opened)), (field, sentTime(time))]
            case .openingOnly: [("opened_at", sentTime(opened))]
            case .ownTime: [("opened_at", sentTime(time))]
            }
        events.append(
            StoryEvent(
                key: subject.key, site: subject.site, device: subject.device, channel: subject.channel,
                kind: kind, episode: episode, time: time,
                times: times.map { StoryTime(field: $0, time: $1) }))
    }

    /// Events that open and clear nothing.
    private mutating func remark(_ subject: Subject, _ time: Int) {
        for (offset, kind) in ["silence_opened", "silence_closed", "door_opened"].enumerated() {
            let domain = kind.hasPrefix("silence") ? "silence" : "event"
            let channel = subject.channel ?? ""
            events.append(
                StoryEvent(
                    key: "\(domain)/\(subject.site)/\(subject.device)/\(channel)", site: subject.site,
                    device: subject.device, channel: subject.channel, kind: kind, episode: nil,
                    time: time + offset * 60_000, times: [StoryTime(field: "opened_at", time: time)]))
        }
    }
}
