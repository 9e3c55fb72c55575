internal import RelayCore
internal import RelayStorage

/// One run of the world: from a seed to what went wrong.
package struct Simulation: Sendable {
    /// What the relay promised and did not keep; none when all is well.
    package let violations: [String]
    /// How many requests the vendors got.
    package let vendorRequests: Int
    /// How many lives the relay had.
    package let lives: Int

    /// Runs the world of `seed`.
    ///
    /// - Parameters:
    ///   - seed: Everything that happens follows from it.
    ///   - mutation: A fault put in on purpose.
    ///   - postgreSQL: How to connect to a PostgreSQL server that has the store; nil for a simulated disk.
    ///   - print: Takes what happens, line by line.
    package init(
        seed: UInt64, mutation: Mutation? = nil, postgreSQL: String? = nil, print: ((String) -> Void)? = nil
    ) {
        do {
            let world = try World(seed: seed, mutation: mutation, postgreSQL: postgreSQL, print: print)
            defer { world.host.dismantle() }
            let isSettled = world.run()
            let process = world.host.process
            let evidence = Evidence(
                story: world.story, fates: world.story.events.map { world.sender.fate(of: $0.number) },
                chronicle: world.chronicle, deadLetters: try process?.journal.deadLetters() ?? [],
                kept: try world.operator.keptEvents(), scenario: world.scenario,
                incident: world.vendors.incident)
            var violations = Checker(evidence).violations
            if !isSettled { violations.append("settles: work is left that nobody does") }
            if let journal = process?.journal {
                violations += try journal.damage().map { "sound: \($0)" }
                // Pruned once an hour by a count kept once an hour, and by a clock that may be wrong.
                let hours = 24 + 3
                let stale = try journal.identityTimes().count {
                    world.agenda.now - $0 > hours * 3_600_000 && world.host.ran(since: $0) > hours * 3_600_000
                }
                if stale > 0 { violations.append("ledger: \(stale) identities should have been forgotten") }
                let kept = try journal.summary().quarantined
                if kept > SimulatedJournal.quarantine.countMax {
                    violations.append("quarantine: \(kept) requests are kept")
                }
            }
            self.violations = violations
            vendorRequests = world.chronicle.vendorRecords.count
            lives = world.chronicle.configurations.count
        } catch {
            violations = ["the simulation failed: \(error)"]
            (vendorRequests, lives) = (0, 0)
        }
    }
}
