internal import AdapterKit
internal import RelayCore

extension World {
    /// Notes down everything that is to go wrong, and when.
    func scheduleTroubles() {
        let machine = scenario.machine
        if let sharing = scenario.sharing { scheduleServerTroubles(sharing) }
        times(machine.kills) { $0.takeDown { $0.kill(powerIsLost: false) } }
        times(machine.powerCuts) { $0.takeDown { $0.kill(powerIsLost: true) } }
        times(machine.restarts) { $0.takeDown { $0.drain() } }
        times(machine.stopsInWrites) { world in
            let operations = world.random.between(1...60)
            world.takeDown { $0.disk.stop(within: operations) }
        }
        host.stopsAfterRequests = machine.stopsAfterRequests
        host.restartsWhileWaiting = machine.restartsWhileWaiting
        times(machine.retries) { $0.operator.retryEverything() }
        windows(machine.wrongSecrets, "the secret is mistyped") { world, begins in
            world.takeDown { host in
                host.configuration.hasWrongSecret = begins
                host.drain()
            }
        }
        windows(machine.fullWindows, "the disk is full", at: .disk) { $0.host.disk.faults.isFull = $1 }
        windows(machine.syncFailureWindows, "syncs fail", at: .disk) {
            $0.host.disk.faults.syncFailuresPerMille = $1 ? 300 : 0
        }
        windows(machine.writeFailureWindows, "writes fail", at: .disk) {
            $0.host.disk.faults.writeFailuresPerMille = $1 ? 100 : 0
        }
        windows(machine.slowSyncWindows, "syncs are slow", at: .disk) {
            $0.host.syncsAreSlow = $1
            $0.host.peer?.syncsAreSlow = $1
        }
        for _ in 0..<machine.clockSteps {
            let error = random.between(-600_000...600_000)
            windows(1, "the clock is set by \(error) ms", at: .clock, minutesMax: 120) {
                $0.host.clockError = $1 ? error : 0
            }
        }
        for _ in 0..<scenario.vendors.outages {
            let vendor = random.pick(RelayConfiguration.vendors)
            windows(
                1, "\(vendor) is away", at: .vendor(vendor), minutesMax: scenario.vendors.outageMinutesMax
            ) {
                $0.setAway(vendor, $1)
            }
        }
        for number in 0..<scenario.story.forged {
            agenda.at(moment()) { [unowned self] in sender.forge(forger, number) }
        }
    }

    /// A moment not long before an alarm that lasts, if there is one.
    private func momentAroundAnAlarm() -> Int {
        let opens = story.events.filter {
            $0.action == .open && $0.occasion == .first && story.end(of: $0) ?? .max > $0.time + 600_000
        }
        let moment = agenda.now + habitRandom.between(0...calmAt - agenda.now - 1)
        guard !opens.isEmpty, habitRandom.chance(700) else { return moment }
        let time = habitRandom.pick(opens).time - habitRandom.between(0...1_800_000)
        return min(max(time, agenda.now), calmAt - 1)
    }

    private func moment() -> Int { agenda.now + random.between(0...calmAt - agenda.now - 1) }

    private func times(_ count: Int, _ body: @escaping (World) -> Void) {
        for _ in 0..<count {
            agenda.at(moment()) { [unowned self] in body(self) }
        }
    }

    func windows(
        _ count: Int, _ name: String, at place: Chronicle.Trouble.Place = .other, minutesMax: Int = 30,
        _ set: @escaping (World, Bool) -> Void
    ) {
        for _ in 0..<count {
            let begin = moment()
            let end = min(begin + random.span(10_000...minutesMax * 60_000), calmAt)
            span(name, at: place, begin, end, set)
        }
    }

    private func span(
        _ name: String, at place: Chronicle.Trouble.Place, _ begin: Int, _ end: Int,
        _ set: @escaping (World, Bool) -> Void
    ) {
        var number = 0
        agenda.at(begin) { [unowned self] in
            chronicle.log(name)
            number = chronicle.troubleBegan(place)
            set(self, true)
        }
        agenda.at(end) { [unowned self] in
            chronicle.log("no more: \(name)")
            chronicle.troubleEnded(number)
            set(self, false)
        }
    }

    private func setAway(_ vendor: String, _ begins: Bool) {
        if begins {
            vendors.away.insert(vendor)
        } else {
            vendors.workOff(vendor)
            vendors.away.remove(vendor)
        }
    }

    /// Notes down what goes wrong for long.
    func scheduleLastingTroubles() {
        let (lasting, hour) = (scenario.lasting, 3_600_000)
        if let vendor = lasting.unresolvable {
            span("no resolver knows \(vendor)", at: .vendor(vendor), agenda.now, calmAt) {
                if $1 { $0.vendors.unresolvable = [vendor] } else { $0.vendors.unresolvable = [] }
            }
        }
        func anHour(_ name: String, _ set: @escaping (World, String, Bool) -> Void) {
            let begin = momentAroundAnAlarm()
            let vendor =
                scenario.practices.hasStandIn ? "first" : habitRandom.pick(["first", "first", "second"])
            span("\(vendor) \(name)", at: .vendor(vendor), begin, min(begin + hour, calmAt)) {
                set($0, vendor, $1)
            }
        }
        for _ in 0..<lasting.refusals {
            anHour("refuses the credentials") {
                if $2 { $0.vendors.refusing.insert($1) } else { $0.vendors.refusing.remove($1) }
            }
        }
        for _ in 0..<lasting.outages { anHour("is away for an hour") { $0.setAway($1, $2) } }
        for _ in 0..<lasting.wrongClocks {
            let hours = habitRandom.between(1...72) * (habitRandom.chance(500) ? 1 : -1)
            let begin = momentAroundAnAlarm()
            let end = begin + habitRandom.between(600_000...6 * hour)
            span("a restart with a clock that is \(hours) h off", at: .clock, begin, min(end, calmAt)) {
                $0.host.kill(powerIsLost: false)
                $0.host.clockError = $1 ? hours * hour : 0
            }
        }
    }

    private func takeDown(_ body: (RelayHost) -> Void) {
        guard agenda.now < calmAt else { return }
        if let peer = host.peer { return takeDown(sharedRandom.chance(500) ? peer : host, body) }
        let wait = random.span(1_000...scenario.machine.downSecondsMax * 1_000)
        host.downMilliseconds = min(wait, max(calmAt - agenda.now, 1_000))
        if scenario.machine.changesConfiguration {
            let key = host.configuration.key
            host.configuration = RelayConfiguration.random(&random)
            host.configuration.key = key
            host.configuration.follow(scenario.practices)
        }
        if scenario.practices.rotatesKeys, host.configuration.key < RelayHost.keysMax,
            habitRandom.chance(500)
        {
            host.configuration.key += 1
        }
        body(host)
    }
}
