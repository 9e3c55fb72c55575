internal import RelayCore

extension Scenario {
    /// What people and sensors do beyond an alarm that opens, is acknowledged and clears.
    struct Habits {
        /// Whether alarms are of different severities.
        var hasSeverities = false
        /// How many alarms of a thousand are reported more than once, each time of another severity or not.
        var repetitions = 0
        /// How many acknowledged alarms of a thousand go on all the same.
        var reopenings = 0
        /// How many alarms of a thousand are over only after the next one of their sensor began.
        var overlaps = 0
        /// Whether a device has channels whose ids are numbers.
        var hasNumericChannels = false
        /// How many sensors of a thousand have times that are missing, ahead, long ago or oddly written.
        var oddTimes = 0
        var storms = 0
        var flapping = 0
        /// How many sensors of a thousand are reported by two webhooks.
        var webhooks = 0
        /// Whether a second account has sensors of the same ids.
        var hasSecondAccount = false
    }

    /// What vendors do wrong in a lasting way.
    struct LastingFaults {
        /// Lanes of a thousand that a vendor answers with 500 until the calm.
        var brokenLanes = 0
        /// Lanes of a thousand of which a vendor answers every resolve with 500 until the calm.
        var brokenResolves = 0
        /// The vendor whose name no resolver knows until the calm.
        var unresolvable: String?
        /// Hours in which a vendor refuses the credentials.
        var refusals = 0
        /// Hours in which a vendor answers nothing.
        var outages = 0
        /// How often the relay's machine is restarted with a clock that is hours off, and again once that is
        /// right.
        var wrongClocks = 0
        /// Whether a vendor does later what it did not answer in such an hour.
        var takesLate = false
    }

    /// What an operator's configuration does beyond naming destinations.
    struct Practices {
        /// Whether mild alarms go to fewer destinations.
        var routesBySeverity = false
        /// Whether the second vendor gets alarms only where the first one fails.
        var hasStandIn = false
        /// Whether a vendor's key is another one after some of the relay's restarts.
        var rotatesKeys = false
    }

    /// A story that outlasts the time for which a job is tried, in milliseconds.
    private static let longMilliseconds = 24 * 3_600_000

    /// Draws all of it from a separate generator: a world without any is as it would be without this.
    mutating func drawHabits(_ random: inout SeededRandom) {
        guard random.chance(700) else { return }
        habits.hasSeverities = random.chance(600)
        habits.repetitions = random.chance(600) ? random.between(100...900) : 0
        habits.reopenings = random.chance(400) ? random.between(200...1_000) : 0
        habits.overlaps = random.chance(300) ? random.between(100...800) : 0
        habits.hasNumericChannels = random.chance(250)
        habits.oddTimes = random.chance(350) ? random.between(100...800) : 0
        habits.storms = random.chance(120) ? 1 : 0
        habits.flapping = random.chance(200) ? random.between(1...2) : 0
        habits.webhooks = random.chance(200) ? random.between(100...1_000) : 0
        habits.hasSecondAccount = random.chance(200)
        practices.routesBySeverity = habits.hasSeverities && random.chance(500)
        practices.rotatesKeys = random.chance(200) && machine.restarts > 0
        guard !isKind else { return }
        lasting.brokenLanes = random.chance(200) ? random.between(50...300) : 0
        lasting.brokenResolves = random.chance(150) ? random.between(100...700) : 0
        lasting.unresolvable = random.chance(100) ? random.pick(["first", "second"]) : nil
        lasting.refusals = random.chance(150) ? 1 : 0
        lasting.outages = random.chance(350) ? random.between(1...2) : 0
        lasting.takesLate = random.chance(500)
        if story.milliseconds > Self.longMilliseconds, !random.chance(150) {
            // A request that fails all day and night costs more than it shows.
            (lasting.brokenLanes, lasting.brokenResolves, lasting.unresolvable) = (0, 0, nil)
        }
        if lasting.unresolvable == "first" || lasting.outages > 0, random.chance(600) {
            (vendors.hasFailover, practices.hasStandIn) = (true, random.chance(700))
        }
        lasting.wrongClocks = random.chance(200) ? random.between(1...2) : 0
    }
}
