internal import RelayCore

extension World {
    /// Notes down everything that is to go wrong, and when.
    func scheduleTroubles() {
        let machine = scenario.machine
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
        windows(machine.fullWindows, "the disk is full") { $0.host.disk.faults.isFull = $1 }
        windows(machine.syncFailureWindows, "syncs fail") {
            $0.host.disk.faults.syncFailuresPerMille = $1 ? 300 : 0
        }
        windows(machine.writeFailureWindows, "writes fail") {
            $0.host.disk.faults.writeFailuresPerMille = $1 ? 100 : 0
        }
        windows(machine.slowSyncWindows, "syncs are slow") { $0.host.syncsAreSlow = $1 }
        for _ in 0..<machine.clockSteps {
            let error = random.between(-600_000...600_000)
            windows(1, "the clock is set by \(error) ms", minutesMax: 120) {
                $0.host.clockError = $1 ? error : 0
            }
        }
        for _ in 0..<scenario.vendors.outages {
            let vendor = random.pick(RelayConfiguration.vendors)
            windows(1, "\(vendor) is away", minutesMax: scenario.vendors.outageMinutesMax) {
                if $1 { $0.vendors.away.insert(vendor) } else { $0.vendors.away.remove(vendor) }
            }
        }
        for number in 0..<scenario.story.forged {
            agenda.at(moment()) { [unowned self] in sender.forge(forger, number) }
        }
    }

    private func moment() -> Int { agenda.now + random.between(0...calmAt - agenda.now - 1) }

    private func times(_ count: Int, _ body: @escaping (World) -> Void) {
        for _ in 0..<count {
            agenda.at(moment()) { [unowned self] in body(self) }
        }
    }

    private func windows(
        _ count: Int, _ name: String, minutesMax: Int = 30, _ set: @escaping (World, Bool) -> Void
    ) {
        for _ in 0..<count {
            let begin = moment()
            let end = min(begin + random.span(10_000...minutesMax * 60_000), calmAt)
            agenda.at(begin) { [unowned self] in
                chronicle.log(name)
                set(self, true)
            }
            agenda.at(end) { [unowned self] in
                chronicle.log("no more: \(name)")
                set(self, false)
            }
        }
    }

    private func takeDown(_ body: (RelayHost) -> Void) {
        guard agenda.now < calmAt else { return }
        let wait = random.span(1_000...scenario.machine.downSecondsMax * 1_000)
        host.downMilliseconds = min(wait, max(calmAt - agenda.now, 1_000))
        if scenario.machine.changesConfiguration { host.configuration = RelayConfiguration.random(&random) }
        body(host)
    }
}
